internal import Digests
internal import Texts

/// The contents of a directory: the content of a tree object, whose digest is the SHA-256 of these bytes.
///
/// ```
/// sluice tree 1\n
/// f <64 hexadecimal digits> <name>\0      a file
/// x <64 hexadecimal digits> <name>\0      an executable file
/// d <64 hexadecimal digits> <name>\0      a directory: the digest of its own manifest
/// l <64 hexadecimal digits> <name>\0      a symbolic link: the digest of the path that it leads to
/// ```
///
/// Names are the system's bytes, and entries are sorted by them. Equal subtrees have equal manifests and are stored once.
struct TreeManifest: Sendable, Equatable {
    /// One name in a directory.
    struct Entry: Sendable, Equatable {
        enum Kind: UInt8, Sendable {
            case file = 0x66
            case executable = 0x78
            case tree = 0x64
            case link = 0x6C
        }

        let name: String
        let kind: Kind
        let digest: Digest
    }

    private static let header = Array("sluice tree 1\n".utf8)

    let entries: [Entry]

    init(entries: [Entry]) {
        let precedes = SystemText.order(of: entries.lazy.map(\.name))
        self.entries = entries.sorted { precedes($0.name, $1.name) }
    }

    /// Parses a manifest; nil unless the bytes are exactly what `bytes` would return. A manifest may come from
    /// anywhere, and its names become file names.
    init?(bytes: [UInt8]) {
        guard bytes.starts(with: Self.header) else { return nil }
        var entries: [Entry] = []
        var last: ArraySlice<UInt8> = []
        var position = Self.header.count
        while position < bytes.count {
            guard let end = bytes[position...].firstIndex(of: 0) else { return nil }
            let line = bytes[position..<end]
            let name = line.dropFirst(Self.prefixLength)
            // No name is empty, so that the first comes after none.
            guard let entry = Self.entry(line, name), last.lexicographicallyPrecedes(name) else { return nil }
            entries.append(entry)
            last = name
            position = end + 1
        }
        self.entries = entries
    }

    /// The entry on a line, without its terminator, with a name.
    private static func entry(_ line: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Entry? {
        let start = line.startIndex
        guard line.count > prefixLength, let kind = Entry.Kind(rawValue: line[start]),
            line[start + 1] == 0x20, line[start + prefixLength - 1] == 0x20, isName(name)
        else { return nil }
        let digits = Array(line[(start + 2)..<(start + prefixLength - 1)])
        let uppercase = UInt8(ascii: "A")...UInt8(ascii: "F")
        guard !digits.contains(where: uppercase.contains), let bytes = Hexadecimal.bytes(of: digits),
            let digest = Digest(bytes: bytes)
        else { return nil }
        return Entry(name: SystemText.text(of: name), kind: kind, digest: digest)
    }

    /// True if the name can be that of a file in a folder, and of nothing outside it.
    static func isName(_ name: String) -> Bool { isName(SystemText.bytes(of: name)[...]) }

    private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        !name.isEmpty && name.count <= maximumNameLength && !name.contains(0x2F) && !name.contains(0)
            && !name.elementsEqual([0x2E]) && !name.elementsEqual([0x2E, 0x2E])
    }

    /// The maximum size of a manifest with this many entries.
    static func maximumBytes(entries: Int) -> Int {
        header.count + entries * (prefixLength + maximumNameLength + 1)
    }

    /// The bytes before the name: the kind, the digest, and a space after each.
    private static let prefixLength = 67
    private static let maximumNameLength = 255

    var bytes: [UInt8] {
        var result = Self.header
        for entry in entries {
            result.append(entry.kind.rawValue)
            result.append(0x20)
            result += Array(entry.digest.hexadecimal.utf8)
            result.append(0x20)
            result += SystemText.bytes(of: entry.name)
            result.append(0)
        }
        return result
    }
}
