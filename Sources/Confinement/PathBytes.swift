public import Files

/// A path as the kernel sees it: any bytes but zero.
public struct PathBytes: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The bytes, without the zero at the end.
    public let bytes: [UInt8]

    /// A path of these bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A path of a text's UTF-8 bytes.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// A path from the module `Files`.
    public init(_ path: FilePath) { self.init(path.bytes) }

    /// The path as text, in the form of the module `Files`.
    public var description: String { FilePath(bytes: bytes).text }

    /// True if it starts at the root.
    var isAbsolute: Bool { bytes.first == slash }

    /// The parts between slashes, without empty ones and `.`.
    var components: [ArraySlice<UInt8>] {
        bytes.split(separator: slash).filter { !$0.elementsEqual(dot) }
    }

    /// The last part; empty for the root.
    public var lastComponent: ArraySlice<UInt8> {
        let end = (bytes.lastIndex { $0 != slash } ?? -1) + 1
        let start = (bytes[..<end].lastIndex(of: slash) ?? -1) + 1
        return bytes[start..<end]
    }

    /// The path without its last part: `/a/b` of `/a/b/c`, `/` of `/a`.
    public var parent: PathBytes {
        guard let index = bytes.lastIndex(of: slash) else { return PathBytes(Array(dot)) }
        return index == 0 ? .root : PathBytes(Array(bytes[..<index]))
    }

    /// The path with a part, or several joined by slashes, added.
    public func appending(_ part: some Collection<UInt8>) -> PathBytes {
        var all = bytes
        all.reserveCapacity(bytes.count + part.count + 1)
        if all.last != slash && !all.isEmpty { all.append(slash) }
        all.append(contentsOf: part)
        return PathBytes(all)
    }

    /// True if the path is `folder` or below it; both are absolute and without `.`, `..` and doubled slashes.
    public func isWithin(_ folder: PathBytes) -> Bool {
        let prefix = folder.bytes
        if prefix == [slash] { return isAbsolute }
        guard bytes.starts(with: prefix) else { return false }
        return bytes.count == prefix.count || bytes[prefix.count] == slash
    }

    /// What follows `folder/`; nil unless the path is below it.
    public func relative(to folder: PathBytes) -> PathBytes? {
        guard isWithin(folder), bytes.count > folder.bytes.count else { return nil }
        let start = folder.bytes == [slash] ? 1 : folder.bytes.count + 1
        return PathBytes(Array(bytes[start...]))
    }

    /// True if the path is in the form that the kernel uses: absolute, and without `.`, `..` and superfluous slashes.
    public var isPlain: Bool {
        guard isAbsolute else { return false }
        if bytes.count == 1 { return true }
        var start = 1
        for index in 1...bytes.count where index == bytes.count || bytes[index] == slash {
            let part = bytes[start..<index]
            if part.isEmpty || part.elementsEqual(dot) || part.elementsEqual(dotDot) { return false }
            start = index + 1
        }
        return true
    }

    /// Orders paths by their bytes.
    public static func < (left: PathBytes, right: PathBytes) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// The root of the file system.
    public static let root = PathBytes("/")
}

let slash = UInt8(ascii: "/")
let dot: [UInt8] = Array(".".utf8)
let dotDot: [UInt8] = Array("..".utf8)
