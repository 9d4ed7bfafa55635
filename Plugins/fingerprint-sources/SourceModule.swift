import FoundationEssentials

/// A module's sources: a folder of `Sources`.
struct SourceModule {
    let name: String
    /// Sorted by the bytes of their paths; hidden files are left out.
    let files: [SourceFile]
    /// The digest of all files, and of what they are called.
    let digest: String
    /// What its files import.
    let imports: Set<String>

    init(name: String, folder: String) throws {
        self.name = name
        var paths: [String] = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            var isDirectory = false
            let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
            _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isDirectory)
            if !isHidden && !isDirectory { paths.append(path) }
        }
        files = try paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { path in
            SourceFile(path: path, bytes: Array(try Data(contentsOf: URL(filePath: "\(folder)/\(path)"))))
        }
        digest = Self.digest(of: files)
        imports = files.reduce(into: []) { $0.formUnion($1.imports) }
    }

    /// The names of the module's folders.
    var folders: [String] {
        let names = files.compactMap { file -> String? in
            let parts = file.path.split(separator: "/", maxSplits: 1)
            return parts.count == 2 ? String(parts[0]) : nil
        }
        return Set(names).sorted()
    }

    /// The files of a folder, and of those inside it.
    func files(in folder: String) -> [SourceFile] { files.filter { $0.path.hasPrefix(folder + "/") } }

    /// The files that lie in no folder.
    var looseFiles: [SourceFile] { files.filter { !$0.path.contains("/") } }

    /// The digest of files' paths and contents.
    static func digest(of files: [SourceFile]) -> String {
        var hash = SHA256()
        for file in files {
            hash.update(item: file.path)
            hash.update(item: file.digest)
        }
        return hash.finish()
    }
}
