/// A folder of the stage kinds' module with all below it, or a file that lies beside the folders.
struct SourceFolder {
    let name: String
    let digest: String
    let hasKind: Bool
    let kindNames: [String]
    let imports: Set<String>
    /// Everything it declares, at any depth.
    let declared: Set<String>

    private let words: Set<String>
    private let freeWords: Set<String>
    private let calls: Set<String>
    private let types: Set<String>
    private let globals: Set<String>
    /// Names of members that it adds to types which it does not declare, and of types to which it adds something
    /// that is used without a name.
    private let additions: Set<String>
    private let declaresOperator: Bool

    init(name: String, files: [String], tree: SourceTree, module: String) throws {
        let scans = try files.map { SourceScan(try tree.bytes(ofFile: $0, inModule: module)) }
        func union(_ names: (SourceScan) -> Set<String>) -> Set<String> {
            scans.reduce(into: []) { $0.formUnion(names($1)) }
        }
        self.name = name
        digest = try tree.digest(ofFiles: files, inModule: module)
        hasKind = scans.contains { $0.hasStageKind }
        kindNames = hasKind ? scans.flatMap(\.kindNames) : []
        imports = union(\.imports)
        declared = union(\.declared)
        words = union(\.words)
        freeWords = union(\.freeWords)
        calls = union(\.calls)
        types = union(\.types)
        globals = union(\.globals)
        declaresOperator = scans.contains { $0.declaresOperator }
        let own = union(\.types)
        additions = scans.flatMap(\.extensions).filter { !own.contains($0.type) }
            .reduce(into: []) { result, addition in
                result.formUnion(addition.members)
                if addition.isUsedWithoutName { result.insert(addition.type) }
            }
    }

    /// True where this folder may use something that `other` declares; a false alarm costs a stale result more.
    func mentions(_ other: SourceFolder) -> Bool {
        // An extension member's name says little: it counts for shared folders, and for a kind's own additions.
        let names = other.hasKind ? other.additions : other.additions.union(other.types).union(other.globals)
        return !words.isDisjoint(with: names) || other.declaresOperator
    }

    /// A type or function that `other` declares, that this folder uses, and that is not among `known`.
    func nameUsed(from other: SourceFolder, except known: Set<String>) -> String? {
        let usedTypes = other.types.intersection(freeWords).subtracting(known)
        let usedFunctions = other.globals.intersection(calls).subtracting(known)
        return (usedTypes.sorted() + usedFunctions.sorted()).first
    }
}
