internal import Texts

/// A path in the file system, as text; it never accesses the file system itself.
///
/// Paths that are not UTF-8 have characters from U+10FF80 on for the bytes that are not: `SystemText` says how.
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

    /// The path in the system's form, without a zero at the end.
    public var bytes: [UInt8] { SystemText.bytes(of: text) }

    /// A path from the system's bytes.
    public init(bytes: some BidirectionalCollection<UInt8>) { text = SystemText.text(of: bytes) }

    /// Calls `body` with the path in the system's form.
    ///
    /// The system would truncate a text at a NUL, and find another file, so such a path is passed as one at which nothing exists.
    public func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try SystemText.withCString(text.contains(byte: 0) ? "" : text, body)
    }

    /// The path in the system's form.
    var cString: [CChar] { text.contains(byte: 0) ? [0] : bytes.map { CChar(bitPattern: $0) } + [0] }

    /// True for a path that starts at the root.
    public var isAbsolute: Bool { text.beginsWith("/") }

    /// The last component: `c.txt` of `/a/b/c.txt`.
    public var lastComponent: String {
        let slash = UInt8(ascii: "/")
        guard let end = text.utf8.lastIndex(where: { $0 != slash }) else { return text }
        let start = text.utf8[..<end].lastIndex(of: slash).map(text.utf8.index(after:))
        return String(decoding: text.utf8[(start ?? text.startIndex)...end], as: UTF8.self)
    }

    /// The path without its last component: `/a/b` of `/a/b/c.txt`, `.` of `c.txt`.
    public var parent: FilePath {
        let slash = UInt8(ascii: "/")
        // Slashes in a row are one, and none at the end.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 where byte != slash || bytes.last != slash { bytes.append(byte) }
        if bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        guard let end = bytes.lastIndex(of: slash) else { return bytes.isEmpty ? self : "." }
        return FilePath(String(decoding: bytes[..<max(1, end)], as: UTF8.self))
    }

    /// The path with a component, or several joined by `/`, added.
    public func appending(_ component: String) -> FilePath {
        if text.isEmpty { return FilePath(component) }
        return FilePath(text.endsWith("/") ? text + component : text + "/" + component)
    }

    /// True if a symbolic link with this text stays within a tree, wherever other links of the tree lead.
    ///
    /// - Parameter depth: how many folders the link's folder is below the tree's top.
    public func staysInTree(depth: Int) -> Bool {
        let parts = text.parts(between: "/", omitsEmpty: true)
        let ascents = parts.prefix { $0 == ".." }.count
        return !isAbsolute && !parts.isEmpty && ascents <= depth && !parts[ascents...].contains("..")
    }

    /// The path itself if it is absolute, otherwise relative to `directory`.
    public func resolved(against directory: FilePath) -> FilePath {
        isAbsolute ? self : directory.appending(text)
    }

    /// True if the bytes are equal: two files in one folder may have names that `String` considers equal.
    public static func == (left: FilePath, right: FilePath) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Feeds the text's bytes.
    public func hash(into hasher: inout Hasher) { ExactText(text).hash(into: &hasher) }

    /// Orders paths by the bytes of their text.
    public static func < (left: FilePath, right: FilePath) -> Bool {
        left.text.precedesByBytes(right.text)
    }
}
