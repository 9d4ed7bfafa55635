/// The fingerprints of the stage kinds in the modules that a module imports.
///
/// In a module of stage kinds every folder is a kind, except `Shared`. A kind's fingerprint is the digest of
/// - its folder, and its module's folder `Shared`;
/// - the package's modules that any file of these imports, and those that they import in turn. What a module loads
///   at run time, without an import, counts as imported: see `loadedAtRunTime`.
struct KindFingerprints {
    private static let loadedAtRunTime = ["Columns": ["CArrowBridge", "CArrowInterface"]]

    private let tree: SourceTree
    private let module: String

    /// The kinds that a module lists.
    init(tree: SourceTree, module: String) {
        self.tree = tree
        self.module = module
    }

    /// The fingerprint of each kind, by the kind's name.
    ///
    /// - Throws: `FingerprintError` where a kind's name cannot be read, or is there twice.
    func table() throws -> [String: String] {
        var table: [String: String] = [:]
        var owners: [String: String] = [:]
        for module in try imports(of: module).sorted() {
            let folders = try tree.folders(inModule: module)
            guard folders.contains(where: \.hasKind) else { continue }
            let shared = folders.first { $0.name == "Shared" }
            for folder in folders where folder.hasKind {
                guard !folder.kindNames.isEmpty else {
                    throw FingerprintError(
                        "\(module)/\(folder.name) declares a stage kind, and its name cannot be read. "
                            + "Write it out: StageSchema(name: \"my-kind\", …")
                }
                let fingerprint = try fingerprint(of: [folder] + (shared.map { [$0] } ?? []))
                for name in folder.kindNames {
                    let owner = "\(module)/\(folder.name)"
                    if let other = owners.updateValue(owner, forKey: name) {
                        throw FingerprintError(
                            "two stage kinds are called '\(name)': in \(other) and \(owner)")
                    }
                    table[name] = fingerprint
                }
            }
        }
        return table
    }

    private func fingerprint(of folders: [SourceFolder]) throws -> String {
        var hash = SHA256()
        hash.update(item: "sluice.sources 2")
        for folder in folders {
            hash.update(item: folder.name)
            hash.update(item: folder.digest)
        }
        for name in try closure(of: folders.reduce(into: Set()) { $0.formUnion($1.imports) }).sorted() {
            hash.update(item: name)
            hash.update(item: try tree.digest(ofFiles: try tree.files(inModule: name), inModule: name))
        }
        return hash.finish()
    }

    /// The package's modules among `names`, and all that they import in turn.
    private func closure(of names: Set<String>) throws -> Set<String> {
        var found: Set<String> = []
        var open = Array(names)
        while let name = open.popLast() {
            guard tree.hasModule(name), found.insert(name).inserted else { continue }
            open += Self.loadedAtRunTime[name] ?? []
            open += try imports(of: name)
        }
        return found
    }

    private func imports(of module: String) throws -> Set<String> {
        var names: Set<String> = []
        for file in try tree.files(inModule: module) where file.hasSuffix(".swift") {
            names.formUnion(SourceScan(try tree.bytes(ofFile: file, inModule: module)).imports)
        }
        return names.filter { $0 != module && tree.hasModule($0) }
    }
}

extension SourceTree {
    /// The folders of a module, and the files beside them, sorted by name.
    func folders(inModule module: String) throws -> [SourceFolder] {
        let files = try files(inModule: module).filter { $0.hasSuffix(".swift") }
        let byFolder = Dictionary(grouping: files) { String($0.prefix { $0 != "/" }) }
        return try byFolder.keys.sorted().map { name in
            try SourceFolder(name: name, files: byFolder[name] ?? [], tree: self, module: module)
        }
    }

    /// The digest of files' paths and contents.
    func digest(ofFiles files: [String], inModule module: String) throws -> String {
        var hash = SHA256()
        for file in files {
            hash.update(item: file)
            hash.update(item: SHA256.digest(of: try bytes(ofFile: file, inModule: module)))
        }
        return hash.finish()
    }
}

/// Why there are no fingerprints, in words for the author of a stage kind.
struct FingerprintError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
