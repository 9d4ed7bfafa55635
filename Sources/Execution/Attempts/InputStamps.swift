import Files

/// The file status of an attempt's inputs when it started, to detect changes.
///
/// Inputs are shared with the store, with other attempts and, if they are external, with the user. A stage must read what its
/// key says from start to end, so an input that was changed and changed back is a failure, too.
struct InputStamps {
    private struct Stamp {
        let input: String
        let path: FilePath
        let isOutside: Bool
        let statuses: [Int: FileStatus]
    }

    /// A file or folder that has changed.
    struct Change: Equatable {
        let input: String
        /// True if it is one of the user's files, which stages read in place.
        let isOutside: Bool
    }

    /// The maximum number and depth of an input's files and folders that are checked.
    private static let maximumCount = 1_000_000
    private static let maximumDepth = 64

    private var stamps: [Stamp] = []

    /// Records an input that was placed at a path.
    mutating func add(_ input: String, at path: FilePath) throws(FileError) {
        let isOutside = Self.isOutside(path)
        stamps.append(
            Stamp(
                input: input, path: path, isOutside: isOutside,
                statuses: try Self.statuses(at: path, isOutside: isOutside)))
    }

    /// True if the input at a path is read in place, through a symbolic link.
    static func isOutside(_ path: FilePath) -> Bool {
        (try? FileStatus(of: path, followsLinks: false).kind) == .symbolicLink
    }

    /// The first input that has changed.
    ///
    /// - Throws: if an input's status cannot be determined.
    func change() throws(FileError) -> Change? {
        for stamp in stamps {
            let now = try Self.statuses(at: stamp.path, isOutside: stamp.isOutside)
            let isSame =
                stamp.isOutside
                ? now.count == stamp.statuses.count
                    && stamp.statuses.allSatisfy { key, before in
                        now[key].map { Self.isUntouched(before, $0) } ?? false
                    }
                // The folders belong to the attempt, which may have removed or replaced their contents.
                : stamp.statuses.allSatisfy { key, before in
                    guard let status = now[key], status.inode == before.inode else { return true }
                    return before.kind != .file || Self.hasSameContent(before, status)
                }
            if !isSame { return Change(input: stamp.input, isOutside: stamp.isOutside) }
        }
        return nil
    }

    private static func hasSameContent(_ before: FileStatus, _ now: FileStatus) -> Bool {
        before.inode == now.inode && before.device == now.device && before.kind == now.kind
            && before.size == now.size && before.modified == now.modified
            && before.isExecutable == now.isExecutable
    }

    /// Creating a hard link changes the status time, and nothing else.
    private static func isUntouched(_ before: FileStatus, _ now: FileStatus) -> Bool {
        hasSameContent(before, now)
            && (before.changed == now.changed || before.kind == .file && before.linkCount != now.linkCount)
    }

    /// What `body` returns; nil if the file is missing or inaccessible, which then counts as a change.
    private static func unlessGone<Found>(_ body: () throws(FileError) -> Found) throws(FileError) -> Found? {
        do {
            return try body()
        } catch {
            guard error.isMissing || error.isDenied else { throw error }
            return nil
        }
    }

    /// The status of a path; for a link to a file that is read in place, that of its target, unless that is in the same tree and
    /// visited anyway.
    private static func status(of path: FilePath, isOutside: Bool, depth: Int) throws(FileError)
        -> FileStatus?
    {
        try unlessGone { () throws(FileError) in
            let status = try FileStatus(of: path, followsLinks: isOutside && depth == 0)
            guard isOutside, status.kind == .symbolicLink,
                try !FileSystem.target(ofLink: path).staysInTree(depth: depth - 1)
            else { return status }
            return try FileStatus(of: path)
        }
    }

    /// The status of each file and folder, by the hash value of its path in this process.
    private static func statuses(at path: FilePath, isOutside: Bool) throws(FileError) -> [Int: FileStatus] {
        var statuses: [Int: FileStatus] = [:]
        var waiting = [(path: path, depth: 0)]
        while let (path, depth) = waiting.popLast() {
            guard let status = try status(of: path, isOutside: isOutside, depth: depth) else { continue }
            statuses[path.hashValue] = status
            guard status.kind == .directory, depth < maximumDepth else { continue }
            let names = try unlessGone { () throws(FileError) in try FileSystem.names(in: path) } ?? []
            for name in names where statuses.count < maximumCount {
                waiting.append((path.appending(name), depth + 1))
            }
        }
        return statuses
    }
}
