import Files

/// Makes the folders that attempts work in, each with empty `outputs` and `scratch`, and perhaps an empty `log`.
///
/// A folder that an attempt leaves empty is given to another under a new name: making directories is most of what the
/// system does for a small stage. Nobody keeps the old name.
struct AttemptFolders {
    /// Where the folders are.
    let parent: FilePath
    private var count = 0
    private var spare: [FilePath] = []

    /// How many empty folders are kept.
    private static let maximumSpare = 64

    init(in parent: FilePath) { self.parent = parent }

    static func outputs(in folder: FilePath) -> FilePath { folder.appending("outputs") }
    static func scratch(in folder: FilePath) -> FilePath { folder.appending("scratch") }
    static func inputs(in folder: FilePath) -> FilePath { folder.appending("inputs") }
    static func script(in folder: FilePath) -> FilePath { folder.appending("command") }
    static func request(in folder: FilePath) -> FilePath { folder.appending("request.json") }
    static func log(in folder: FilePath) -> FilePath { folder.appending("log") }

    /// A name for the next folder.
    mutating func nextName() -> FilePath {
        count += 1
        return parent.appending(String(count))
    }

    /// Makes the folder of a name.
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

    /// Takes a folder back whose attempt has ended and whose outputs have been taken out.
    mutating func giveBack(_ folder: FilePath) {
        guard spare.count < Self.maximumSpare, Self.isEmptied(folder) else { return Self.remove(folder) }
        spare.append(folder)
    }

    /// Removes the folders that wait to be used again.
    mutating func removeSpare() {
        spare.forEach(Self.remove)
        spare = []
    }

    /// Removes a folder with all in it.
    static func remove(_ folder: FilePath) { try? FileSystem.removeTree(folder) }

    /// Removes what lies about in a folder; false where something is not as it was made.
    private static func isEmptied(_ folder: FilePath) -> Bool {
        do {
            for name in try FileSystem.names(in: folder) where name != "outputs" && name != "scratch" {
                let path = folder.appending(name)
                // Most stages write nothing to their log.
                if path == log(in: folder), try isEmptyFile(path) { continue }
                try FileSystem.removeTree(path)
            }
            for inner in [outputs(in: folder), scratch(in: folder)] {
                let status = try FileStatus(of: inner, followsLinks: false)
                guard status.kind == .directory, status.isWritable, try FileSystem.names(in: inner).isEmpty
                else { return false }
            }
            return true
        } catch {
            return false
        }
    }

    private static func isEmptyFile(_ path: FilePath) throws(FileError) -> Bool {
        let status = try FileStatus(of: path, followsLinks: false)
        return status.kind == .file && status.size == 0 && status.linkCount == 1 && status.isWritable
    }
}
