import FoundationEssentials

/// The fingerprints of the stage kinds in the modules that a module imports.
///
/// In a module of stage kinds every folder is a kind, except `Shared`. A kind's fingerprint is the digest of
/// - its folder, and its module's folder `Shared`;
/// - the package's modules that any file of these imports, and those that they import in turn. What a module loads
///   at run time, without an import, counts as imported: see `loadedAtRunTime`.
///
/// Of a source file, the tokens count: comments and formatting do not.
struct KindFingerprints {
    private static let loadedAtRunTime = ["Columns": ["CArrowBridge", "CArrowInterface"]]
    private static let shared = "Shared"

    private let sources: String
    private let list: String
    private var modules: [String: SourceModule] = [:]

    /// The kinds that the module `list` imports, of the package whose sources are in the folder `sources`.
    init(sources: String, list: String) {
        self.sources = sources
        self.list = list
    }

    /// The fingerprint of each kind, by the kind's name.
    ///
    /// - Throws: `FingerprintError` if a module of kinds is not laid out as it must be, or two kinds have one name.
    mutating func table() throws -> [String: String] {
        var table: [String: String] = [:]
        var owners: [String: String] = [:]
        guard let list = try module(list) else { throw FingerprintError("\(sources)/\(list) does not exist") }
        for name in list.imports.sorted() where name != list.name {
            guard let module = try module(name), module.files.contains(where: \.hasStageKind) else {
                continue
            }
            if let loose = module.looseFiles.first(where: { $0.path.hasSuffix(".swift") }) {
                throw FingerprintError(
                    "\(name)/\(loose.path): in a module of stage kinds every file is in the folder of its kind, or in \(Self.shared)"
                )
            }
            for folder in module.folders where folder != Self.shared {
                let kind = try kindName(folder, in: module)
                let owner = "\(name)/\(folder)"
                if let other = owners.updateValue(owner, forKey: kind) {
                    throw FingerprintError("two stage kinds are called '\(kind)': in \(other) and \(owner)")
                }
                table[kind] = try fingerprint(
                    module.files(in: folder) + module.files(in: Self.shared), of: module)
            }
        }
        return table
    }

    private func kindName(_ folder: String, in module: SourceModule) throws -> String {
        let files = module.files(in: folder)
        let names = files.flatMap(\.kindNames)
        guard files.contains(where: \.hasStageKind) else {
            throw FingerprintError(
                "\(module.name)/\(folder) has no stage kind: move what several kinds use to \(module.name)/\(Self.shared), or to a module of its own"
            )
        }
        guard let name = names.first, names.count == 1 else {
            throw FingerprintError(
                "\(module.name)/\(folder) must name its stage kind once, written out: StageSchema(name: \"my-kind\", …"
            )
        }
        return name
    }

    private mutating func fingerprint(_ files: [SourceFile], of module: SourceModule) throws -> String {
        var hash = SHA256()
        hash.update(item: "sluice.sources 3")
        hash.update(item: module.name)
        hash.update(item: SourceModule.digest(of: files))
        let imports = files.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
        for module in try closure(of: imports) {
            hash.update(item: module.name)
            hash.update(item: module.digest)
        }
        return hash.finish()
    }

    /// The package's modules among `names`, and all that they import in turn, sorted by name.
    private mutating func closure(of names: Set<String>) throws -> [SourceModule] {
        var found: [String: SourceModule] = [:]
        var open = Array(names)
        while let name = open.popLast() {
            guard found[name] == nil, let module = try module(name) else { continue }
            found[name] = module
            open += module.imports
            open += Self.loadedAtRunTime[name] ?? []
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// A module of the package; nil if there is none of this name.
    private mutating func module(_ name: String) throws -> SourceModule? {
        if let known = modules[name] { return known }
        let folder = "\(sources)/\(name)"
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory else {
            return nil
        }
        let module = try SourceModule(name: name, folder: folder)
        modules[name] = module
        return module
    }
}

/// Why there are no fingerprints, for the author of a stage kind.
struct FingerprintError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
