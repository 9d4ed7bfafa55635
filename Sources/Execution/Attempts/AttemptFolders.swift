import Files

/// Creates the folders that attempts work in, each with empty `outputs` and `scratch`, and perhaps an empty `log`.
///
/// A folder that an attempt leaves empty is renamed and reused, including the file of its command: creating directories and
/// files is most of the system's work for a small stage, and gets slower the more have just been removed. Nothing refers to the
/// old name.
struct AttemptFolders {
    /// Where the folders are.
    let parent: FilePath
    private var count = 0
    private var spare: [FilePath] = []

    /// The number of empty folders that are kept.
    private static let maximumSpare = 64

    init(in parent: FilePath) { self.parent = parent }

    static func outputs(in folder: FilePath) -> FilePath { folder.appending("outputs") }
    static func scratch(in folder: FilePath) -> FilePath { folder.appending("scratch") }
    static func inputs(in folder: FilePath) -> FilePath { folder.appending("inputs") }
    static func script(in folder: FilePath) -> FilePath { folder.appending("command") }
    static func request(in folder: FilePath) -> FilePath { folder.appending("request.json") }
    static func log(in folder: FilePath) -> FilePath { folder.appending("log") }

    /// The name of the next folder.
    mutating func nextName() -> FilePath {
        count += 1
        return parent.appending(String(count))
    }

    /// Creates a folder.
    mutating func make(_ folder: FilePath) throws(FileError) {
        if let old = spare.popLast() {
            do {
                return try FileSystem.rename(old, to: folder)
            } catch {
                Self.remove(old)
            }
        }
        try FileSystem.makeDirectory(folder)
        try FileSystem.makeDirectory(Self.outputs(in: folder))
        try FileSystem.makeDirectory(Self.scratch(in: folder))
    }

    /// Takes back a folder whose attempt has ended and whose outputs have been moved away.
    mutating func recycle(_ folder: FilePath) {
        guard spare.count < Self.maximumSpare, Self.isEmptied(folder) else { return Self.remove(folder) }
        spare.append(folder)
    }

    /// Removes the folders that are kept for reuse.
    mutating func removeSpare() {
        spare.forEach(Self.remove)
        spare = []
    }

    /// Removes a folder with its contents.
    static func remove(_ folder: FilePath) { try? FileSystem.removeTree(folder) }

    /// Empties a folder; returns false if its structure is not as created.
    private static func isEmptied(_ folder: FilePath) -> Bool {
        do {
            for name in try FileSystem.names(in: folder) where name != "outputs" && name != "scratch" {
                let path = folder.appending(name)
                // Most stages write nothing to their log, and the next command is written over this one.
                if path == log(in: folder), try isOwnFile(path, empty: true) { continue }
                if path == script(in: folder), try isOwnFile(path, empty: false) { continue }
                if path == inputs(in: folder), try isOwnFolder(path) {
                    for name in try FileSystem.names(in: path) {
                        try FileSystem.removeTree(path.appending(name))
                    }
                    continue
                }
                try FileSystem.removeTree(path)
            }
            for inner in [outputs(in: folder), scratch(in: folder)] {
                guard try isOwnFolder(inner), try FileSystem.names(in: inner).isEmpty else { return false }
            }
            return true
        } catch {
            return false
        }
    }

    private static func isOwnFolder(_ path: FilePath) throws(FileError) -> Bool {
        let status = try FileStatus(of: path, followsLinks: false)
        return status.kind == .directory && status.isWritable
    }

    /// True for a file with a single name.
    private static func isOwnFile(_ path: FilePath, empty: Bool) throws(FileError) -> Bool {
        let status = try FileStatus(of: path, followsLinks: false)
        return status.kind == .file && status.linkCount == 1 && status.isWritable
            && (status.size == 0 || !empty)
    }
}
