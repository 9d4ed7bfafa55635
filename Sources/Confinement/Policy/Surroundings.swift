internal import Glibc

/// The whole file system with a few paths left out, as rules.
///
/// Landlock can only allow, so a path is hidden by allowing everything around it: every entry next to the folders on the way
/// there. Entries that appear later are not allowed, so the rules are rebuilt when one of those folders has changed.
public struct Surroundings: Sendable {
    /// The rules.
    public let rules: [ConfinementPolicy.Rule]
    /// The folders whose entries have a rule each; a change to one of them makes the rules outdated.
    public let opened: [PathBytes]
    /// False if there are so many entries that a hidden path's folder had to be allowed as a whole.
    public let isComplete: Bool

    /// How many entries are allowed one by one at most; each costs every process a fraction of a microsecond.
    package static let maximumEntries = 20_000

    /// Folders that are not allowed just because they exist: most entries of `/dev` are devices.
    private static let leftOut: Set<PathBytes> = [PathBytes("/dev")]

    /// Allows everything except `hidden` to be read and run. Hidden paths are canonical and need not exist.
    ///
    /// Directories can be listed everywhere: Landlock cannot take that right away again further below.
    public init(hiding hidden: [PathBytes]) { self.init(hiding: hidden, maximumEntries: Self.maximumEntries) }

    package init(hiding hidden: [PathBytes], maximumEntries: Int) {
        var builder = Builder(hidden: hidden, remaining: maximumEntries)
        builder.open(.root)
        rules = builder.rules + [ConfinementPolicy.Rule(path: .root, access: .list)]
        opened = builder.opened
        isComplete = builder.isComplete
    }

    private struct Builder {
        let hidden: [PathBytes]
        var remaining: Int
        var rules: [ConfinementPolicy.Rule] = []
        var opened: [PathBytes] = []
        var isComplete = true

        mutating func open(_ folder: PathBytes) {
            let names = DirectoryNames.list(folder, limit: remaining + 1) ?? []
            guard names.count <= remaining else {
                // Too many entries for a rule each. The observer still refuses reads of hidden paths.
                isComplete = false
                rules.append(ConfinementPolicy.Rule(path: folder, access: .run))
                return
            }
            remaining -= names.count
            opened.append(folder)
            for name in names {
                let path = folder.appending(name)
                if Surroundings.leftOut.contains(path) || hidden.contains(path) { continue }
                if hidden.contains(where: { $0.isWithin(path) }) {
                    open(path)
                } else {
                    rules.append(ConfinementPolicy.Rule(path: path, access: .run))
                }
            }
        }
    }
}

/// The names in a directory, as bytes.
enum DirectoryNames {
    /// The names without `.` and `..`, sorted by their bytes; at most `limit`. Nil if the directory cannot be listed.
    static func list(_ path: PathBytes, limit: Int = .max) -> [[UInt8]]? {
        guard let directory = path.withCString({ opendir($0) }) else { return nil }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while names.count < limit, let entry = readdir(directory) {
            // d_name is NUL-terminated within the entry, which lives until the next readdir.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
                    Array(UnsafeBufferPointer(start: bytes, count: strlen(pointer)))
                }
            }
            if name != dot && name != dotDot { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
