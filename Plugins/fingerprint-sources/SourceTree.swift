import FoundationEssentials

/// The folder `Sources` of a package.
struct SourceTree {
    let sources: String

    /// True where the package has a module of this name.
    func hasModule(_ name: String) -> Bool {
        var isDirectory = false
        let exists = FileManager.default.fileExists(atPath: "\(sources)/\(name)", isDirectory: &isDirectory)
        return exists && isDirectory
    }

    /// The paths below a module's folder of all its files, sorted by their bytes; hidden files are left out.
    func files(inModule module: String) throws -> [String] {
        let folder = "\(sources)/\(module)"
        var files: [String] = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            var isDirectory = false
            let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
            _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isDirectory)
            if !isHidden && !isDirectory { files.append(path) }
        }
        return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The bytes of a file of a module.
    func bytes(ofFile path: String, inModule module: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(sources)/\(module)/\(path)")))
    }
}
