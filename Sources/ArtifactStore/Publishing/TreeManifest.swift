internal import Digests

/// What a directory holds: the content of a tree object, whose digest is the SHA-256 of these bytes.
///
/// ```
/// sluice tree 1\n
/// f <64 hexadecimal digits> <name>\0      a file
/// x <64 hexadecimal digits> <name>\0      a file that may be executed
/// d <64 hexadecimal digits> <name>\0      a directory: the digest of its own manifest
/// ```
///
/// Entries are sorted by the bytes of their names. Equal subtrees have equal manifests, and are stored once.
struct TreeManifest: Sendable, Equatable {
    /// One name in a directory.
    struct Entry: Sendable, Equatable {
        enum Kind: UInt8, Sendable {
            case file = 0x66
            case executable = 0x78
            case tree = 0x64
        }

        let name: String
        let kind: Kind
        let digest: Digest
    }

    private static let header = Array("sluice tree 1\n".utf8)

    let entries: [Entry]

    init(entries: [Entry]) {
        self.entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The manifest of its bytes, or nil where they are none.
    init?(bytes: [UInt8]) {
        guard bytes.starts(with: Self.header) else { return nil }
        var entries: [Entry] = []
        var position = Self.header.count
        while position < bytes.count {
            guard let end = bytes[position...].firstIndex(of: 0), end - position > 67,
                let kind = Entry.Kind(rawValue: bytes[position]),
                let digest = Digest(
                    hexadecimal: String(decoding: bytes[(position + 2)..<(position + 66)], as: UTF8.self))
            else { return nil }
            let name = String(decoding: bytes[(position + 67)..<end], as: UTF8.self)
            entries.append(Entry(name: name, kind: kind, digest: digest))
            position = end + 1
        }
        self.entries = entries
    }

    var bytes: [UInt8] {
        var result = Self.header
        for entry in entries {
            result.append(entry.kind.rawValue)
            result.append(0x20)
            result += Array(entry.digest.hexadecimal.utf8)
            result.append(0x20)
            result += Array(entry.name.utf8)
            result.append(0)
        }
        return result
    }
}
