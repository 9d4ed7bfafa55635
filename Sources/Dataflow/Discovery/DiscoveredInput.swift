/// A path that a command has looked at without declaring it, written so that it is portable if possible.
public struct DiscoveredPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// What the path is relative to.
    public enum Base: UInt8, Sendable, Hashable {
        /// The working directory: the path means the same in every checkout.
        case workingDirectory = 0
        /// The user's home: the path means the same for every user with the same things installed there.
        case home = 1
        /// The root of the file system: the path means the same on machines that are set up alike.
        case root = 2
        /// The search path: the only name is that of a program, and what matters is where it is found.
        case searchPath = 3
    }

    /// What the path is seen from.
    public let base: Base
    /// The names on the way, as bytes; empty for the base itself.
    public let names: [[UInt8]]

    /// A path of names, none of which is empty, `.` or `..`.
    public init(base: Base, names: [[UInt8]]) {
        self.base = base
        self.names = names
    }

    /// The path as people write it, with replacements for what is not UTF-8: `src/a.py`, `~/.netrc`, `/opt/tool`.
    public var description: String {
        let text = names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        return switch base {
        case .workingDirectory: text.isEmpty ? "." : text
        case .home: text.isEmpty ? "~" : "~/" + text
        case .root: "/" + text
        case .searchPath: text + " on the PATH"
        }
    }

    /// Orders paths by their bases and then name by name.
    public static func < (left: DiscoveredPath, right: DiscoveredPath) -> Bool {
        if left.base != right.base { return left.base.rawValue < right.base.rawValue }
        for (mine, other) in zip(left.names, right.names) where mine != other {
            return mine.lexicographicallyPrecedes(other)
        }
        return left.names.count < right.names.count
    }
}

/// Something undeclared that a command's result depends on: a path, and what the command learned about it.
public struct DiscoveredInput: Sendable, Hashable, Comparable {
    /// What was learned about a path. Of the aspects that apply to the same thing, later ones say more.
    public enum Aspect: UInt8, Sendable, Hashable, Comparable {
        /// Whether it exists, what kind of file it is, and its size.
        case existence = 0
        /// The target of a symbolic link, or where a program is found.
        case link = 1
        /// The names in a directory that can be Python modules.
        case modules = 2
        /// The names in a directory.
        case names = 3
        /// The content of a file.
        case content = 4
        /// The content of a file that was executed.
        case program = 5

        /// Orders aspects by how much they say.
        public static func < (left: Aspect, right: Aspect) -> Bool { left.rawValue < right.rawValue }
    }

    /// The path.
    public let path: DiscoveredPath
    /// What was learned about it.
    public let aspect: Aspect

    package init(path: DiscoveredPath, aspect: Aspect) {
        self.path = path
        self.aspect = aspect
    }

    /// Orders inputs by path, then by aspect.
    public static func < (left: DiscoveredInput, right: DiscoveredInput) -> Bool {
        left.path == right.path ? left.aspect.rawValue < right.aspect.rawValue : left.path < right.path
    }
}
