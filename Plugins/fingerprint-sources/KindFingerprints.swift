/// The fingerprints of a module's stage kinds.
///
/// A kind's fingerprint is the digest of everything that its results depend on:
/// - its folder, `MODULE/Folder/`;
/// - the module's other folders and files that hold no kind and declare a name that the kind mentions, and those
///   that these mention in turn;
/// - the package's modules that any of these import, and those that they import in turn. What a module loads at
///   run time, without an import, counts as imported: see `loadedAtRunTime`.
struct KindFingerprints {
    private static let loadedAtRunTime = ["Columns": ["CArrowBridge", "CArrowInterface"]]

    private let tree: SourceTree
    private let module: String
    private let folders: [SourceFolder]

    /// Reads the module's sources.
    init(tree: SourceTree, module: String) throws {
        self.tree = tree
        self.module = module
        let files = try tree.files(inModule: module).filter { $0.hasSuffix(".swift") }
        let byFolder = Dictionary(grouping: files) { String($0.prefix { $0 != "/" }) }
        folders = try byFolder.keys.sorted().map { name in
            try SourceFolder(name: name, files: byFolder[name] ?? [], tree: tree, module: module)
        }
    }

    /// The fingerprint of each kind, by the kind's name.
    ///
    /// - Throws: `FingerprintError` where a kind's name cannot be read, or is there twice, or where a kind uses
    ///   what another kind's folder declares.
    func table() throws -> [String: String] {
        var table: [String: String] = [:]
        var owners: [String: String] = [:]
        let modules = try moduleDigests()
        for folder in folders where folder.hasKind {
            guard !folder.kindNames.isEmpty else {
                throw FingerprintError(
                    "\(module)/\(folder.name) declares a stage kind, and its name cannot be read. "
                        + "Write it out: StageSchema(name: \"my-kind\", …")
            }
            let fingerprint = try fingerprint(of: folder, modules)
            for name in folder.kindNames {
                if let other = owners[name] {
                    throw FingerprintError(
                        "two stage kinds are called '\(name)': in \(module)/\(other) and \(module)/\(folder.name)"
                    )
                }
                owners[name] = folder.name
                table[name] = fingerprint
            }
        }
        return table
    }

    private func fingerprint(of kind: SourceFolder, _ modules: [String: String]) throws -> String {
        let used = try usedFolders(by: kind)
        var hash = SHA256()
        hash.update(item: "sluice.sources 1")
        for folder in used.sorted(by: { $0.name < $1.name }) {
            hash.update(item: folder.name)
            hash.update(item: folder.digest)
        }
        let imports = try importedModules(used.reduce(into: Set()) { $0.formUnion($1.imports) })
        for name in imports.sorted() {
            hash.update(item: name)
            hash.update(item: modules[name] ?? "")
        }
        return hash.finish()
    }

    private func usedFolders(by kind: SourceFolder) throws -> [SourceFolder] {
        var used = [kind]
        var position = 0
        while position < used.count {
            let user = used[position]
            position += 1
            for folder in folders
            where !used.contains(where: { $0.name == folder.name }) && user.mentions(folder) {
                used.append(folder)
            }
        }
        // Names that are common enough to be declared in several places prove nothing; a type or function does.
        let own = used.filter { !$0.hasKind || $0.name == kind.name }
        let declared = own.reduce(into: Set<String>()) { $0.formUnion($1.declared) }
        for user in own {
            for folder in folders where folder.hasKind && folder.name != kind.name {
                guard let name = user.nameUsed(from: folder, except: declared) else { continue }
                throw FingerprintError(
                    "\(module)/\(user.name) uses '\(name)', which \(module)/\(folder.name) declares. A stage kind "
                        + "must not use another kind's code, or editing one would change the other: move what "
                        + "they share to a folder of its own, without a kind.")
            }
        }
        // A member of another kind's extension may be meant: better one folder too many.
        return used
    }

    private func importedModules(_ names: Set<String>) throws -> Set<String> {
        var found: Set<String> = []
        var open = Array(names)
        while let name = open.popLast() {
            guard name != module, tree.hasModule(name), found.insert(name).inserted else { continue }
            open += Self.loadedAtRunTime[name] ?? []
            for file in try tree.files(inModule: name) where file.hasSuffix(".swift") {
                open += SourceScan(try tree.bytes(ofFile: file, inModule: name)).imports
            }
        }
        return found
    }

    private func moduleDigests() throws -> [String: String] {
        var digests: [String: String] = [:]
        let imports = folders.reduce(into: Set()) { $0.formUnion($1.imports) }
        for name in try importedModules(imports) {
            digests[name] = try tree.digest(ofFiles: try tree.files(inModule: name), inModule: name)
        }
        return digests
    }
}

extension SourceTree {
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
