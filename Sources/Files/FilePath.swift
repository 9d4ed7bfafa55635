internal import Texts

/// A path in the file system, as text; it never accesses the file system itself.
public struct FilePath: Sendable, Hashable, Comparable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The path's text.
    public let text: String

    /// A path of the given text.
    public init(_ text: String) { self.text = text }

    /// A path of the given text.
    public init(stringLiteral text: String) { self.text = text }

    /// The path's text.
    public var description: String { text }

    /// True for a path that starts at the root.
    public var isAbsolute: Bool { text.beginsWith("/") }

    /// The last component: `c.txt` of `/a/b/c.txt`.
    public var lastComponent: String {
        text.parts(between: "/", omitsEmpty: true).last ?? text
    }

    /// The path without its last component: `/a/b` of `/a/b/c.txt`, `.` of `c.txt`.
    public var parent: FilePath {
        var parts = text.parts(between: "/", omitsEmpty: true)
        guard !parts.isEmpty else { return self }
        parts.removeLast()
        let joined = parts.joined(separator: "/")
        if isAbsolute { return FilePath("/" + joined) }
        return FilePath(joined.isEmpty ? "." : joined)
    }

    /// The path with a component, or several joined by `/`, added.
    public func appending(_ component: String) -> FilePath {
        if text.isEmpty { return FilePath(component) }
        return FilePath(text.endsWith("/") ? text + component : text + "/" + component)
    }

    /// The path itself if it is absolute, otherwise relative to `directory`.
    public func resolved(against directory: FilePath) -> FilePath {
        isAbsolute ? self : directory.appending(text)
    }

    /// True if the bytes are equal: two files of one folder may have names that `String` holds equal.
    public static func == (left: FilePath, right: FilePath) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Feeds the text's bytes.
    public func hash(into hasher: inout Hasher) { ExactText(text).hash(into: &hasher) }

    /// Orders paths by the bytes of their text.
    public static func < (left: FilePath, right: FilePath) -> Bool {
        left.text.precedesByBytes(right.text)
    }
}
