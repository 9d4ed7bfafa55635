/// A folder of a module with all below it, or a file that lies beside the folders.
struct SourceFolder {
    let name: String
    let digest: String
    let hasKind: Bool
    let kindNames: [String]
    let imports: Set<String>

    init(name: String, files: [String], tree: SourceTree, module: String) throws {
        let scans = try files.map { SourceScan(try tree.bytes(ofFile: $0, inModule: module)) }
        self.name = name
        digest = try tree.digest(ofFiles: files, inModule: module)
        hasKind = scans.contains { $0.hasStageKind }
        kindNames = hasKind ? scans.flatMap(\.kindNames) : []
        imports = scans.reduce(into: []) { $0.formUnion($1.imports) }
    }
}
