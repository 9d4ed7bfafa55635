public import Digests

/// The state of a path at some time, as far as one aspect shows it.
public enum DiscoveredState: Sendable, Hashable {
    /// Nothing is there.
    case absent
    /// A file, as far as is known without opening it.
    case file(size: Int, isExecutable: Bool)
    /// A directory.
    case directory
    /// Something that is neither file nor directory.
    case other
    /// A file with this content.
    case content(Digest)
    /// A file with this content, and whether it is executable.
    case program(Digest, isExecutable: Bool)
    /// A directory whose names have this digest.
    case names(Digest)
    /// A symbolic link whose text has this digest.
    case link(Digest)
    /// It changed while the command ran: what the command saw is not known, and no later state is equal to this one.
    case changedMeanwhile(Digest)
}

extension DiscoveredState {
    /// The digest of the names in a directory: of each, its number of bytes as 8 bytes, big-endian, and its bytes.
    ///
    /// - Parameter names: in the order of their bytes.
    public static func digest(ofNames names: [[UInt8]]) -> Digest {
        var bytes: [UInt8] = []
        for name in names {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: name.count >> shift))
            }
            bytes += name
        }
        return SHA256.digest(of: bytes)
    }
}

extension CanonicalEncoder {
    /// A list of a letter and its associated values.
    mutating func append(_ state: DiscoveredState) {
        switch state {
        case .absent:
            beginList(1)
            append("absent")
        case .file(let size, let isExecutable):
            beginList(3)
            append("file")
            append(size)
            append(isExecutable ? 1 : 0)
        case .directory:
            beginList(1)
            append("directory")
        case .other:
            beginList(1)
            append("other")
        case .content(let digest): append("content", digest)
        case .program(let digest, let isExecutable):
            beginList(3)
            append("program")
            append(digest)
            append(isExecutable ? 1 : 0)
        case .names(let digest): append("names", digest)
        case .link(let digest): append("link", digest)
        case .changedMeanwhile(let digest): append("changed", digest)
        }
    }

    private mutating func append(_ word: String, _ digest: Digest) {
        beginList(2)
        append(word)
        append(digest)
    }
}

extension CanonicalDecoder {
    /// A state as the encoder writes it.
    mutating func state() throws(CanonicalDecodingError) -> DiscoveredState {
        let count = try list()
        let word = try text()
        switch (word, count) {
        case ("absent", 1): return .absent
        case ("directory", 1): return .directory
        case ("other", 1): return .other
        case ("file", 3): return .file(size: try integer(), isExecutable: try flag())
        case ("program", 3): return .program(try digest(), isExecutable: try flag())
        case ("content", 2): return .content(try digest())
        case ("names", 2): return .names(try digest())
        case ("link", 2): return .link(try digest())
        case ("changed", 2): return .changedMeanwhile(try digest())
        default: throw CanonicalDecodingError()
        }
    }

    private mutating func flag() throws(CanonicalDecodingError) -> Bool { try integer() != 0 }
}
