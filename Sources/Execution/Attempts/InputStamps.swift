import Files

/// What the file system said of an attempt's inputs when it was started, to see whether they are as they were.
///
/// Inputs are shared: with the store, with other attempts, and those from outside with the user. What a stage reads must be
/// what its key says, from its start to its end, so an input that was changed and changed back is a failure too.
struct InputStamps {
    private struct Stamp {
        let input: String
        let path: FilePath
        let isOutside: Bool
        let statuses: [Int: FileStatus]
    }

    /// A file or folder that is not what it was.
    struct Change: Equatable {
        let input: String
        /// True if it is the user's, which stages read in place.
        let isOutside: Bool
    }

    /// How many files and folders of an input are looked at, and how deep.
    private static let maximumCount = 1_000_000
    private static let maximumDepth = 64

    private var stamps: [Stamp] = []

    /// Looks at an input that was put at a path.
    mutating func add(_ input: String, at path: FilePath) {
        let isOutside = Self.isOutside(path)
        stamps.append(
            Stamp(
                input: input, path: path, isOutside: isOutside,
                statuses: Self.statuses(at: path, isOutside: isOutside)))
    }

    /// True if what is at a path is read in place: a link to it was made.
    static func isOutside(_ path: FilePath) -> Bool {
        (try? FileStatus(of: path, followsLinks: false).kind) == .symbolicLink
    }

    /// The first input that is not what it was.
    func change() -> Change? {
        for stamp in stamps {
            let now = Self.statuses(at: stamp.path, isOutside: stamp.isOutside)
            let isSame =
                stamp.isOutside
                ? now.count == stamp.statuses.count
                    && stamp.statuses.allSatisfy { key, before in
                        now[key].map { Self.isUntouched(before, $0) } ?? false
                    }
                // The folders are the attempt's own, which may have removed or replaced what is in them.
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

    /// A new name changes the time of the last change too, and nothing else.
    private static func isUntouched(_ before: FileStatus, _ now: FileStatus) -> Bool {
        hasSameContent(before, now)
            && (before.changed == now.changed || before.kind == .file && before.linkCount != now.linkCount)
    }

    /// The status of each file and folder, by the hash value of its path, in this process.
    private static func statuses(at path: FilePath, isOutside: Bool) -> [Int: FileStatus] {
        var statuses: [Int: FileStatus] = [:]
        var waiting = [(path: path, depth: 0)]
        while let (path, depth) = waiting.popLast() {
            guard let status = try? FileStatus(of: path, followsLinks: isOutside) else { continue }
            statuses[path.hashValue] = status
            guard status.kind == .directory, depth < maximumDepth else { continue }
            for name in (try? FileSystem.names(in: path)) ?? [] where statuses.count < maximumCount {
                waiting.append((path.appending(name), depth + 1))
            }
        }
        return statuses
    }
}
