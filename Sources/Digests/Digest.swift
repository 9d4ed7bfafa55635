internal import Texts

/// A SHA-256 digest: the name of an artifact, a chunk or a key.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The number of bytes in a digest.
    public static let byteCount = 32

    /// A digest from its 32 bytes, or nil if there are not 32.
    public init?(bytes: [UInt8]) { self.init(bytes: bytes.span.bytes) }

    /// A digest from its 32 bytes, or nil if there are not 32.
    public init?(bytes: RawSpan) {
        guard bytes.byteCount == Digest.byteCount else { return nil }
        words = bytes.withUnsafeBytes { buffer in
            // There are four words, at any alignment.
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// A digest from 64 hexadecimal digits, or nil if the text is anything else.
    public init?(hexadecimal text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 2 * Digest.byteCount, let bytes = Hexadecimal.bytes(of: digits) else {
            return nil
        }
        self.init(bytes: bytes)
    }

    /// The 32 bytes, most significant first.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(buffer)
            // Four words of eight bytes fill the buffer.
            target.storeBytes(of: words.0.bigEndian, toByteOffset: 0, as: UInt64.self)
            target.storeBytes(of: words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
            target.storeBytes(of: words.2.bigEndian, toByteOffset: 16, as: UInt64.self)
            target.storeBytes(of: words.3.bigEndian, toByteOffset: 24, as: UInt64.self)
            count = Digest.byteCount
        }
    }

    /// The 64 lowercase hexadecimal digits.
    public var hexadecimal: String { Hexadecimal.text(of: bytes) }

    /// The first twelve digits, for display.
    public var abbreviated: String { String(hexadecimal.prefix(12)) }

    /// The 64 lowercase hexadecimal digits.
    public var description: String { hexadecimal }

    /// Whether both digests are the same 32 bytes.
    public static func == (left: Digest, right: Digest) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
            && left.words.3 == right.words.3
    }

    /// Orders digests by their hexadecimal text.
    public static func < (left: Digest, right: Digest) -> Bool {
        if left.words.0 != right.words.0 { return left.words.0 < right.words.0 }
        if left.words.1 != right.words.1 { return left.words.1 < right.words.1 }
        if left.words.2 != right.words.2 { return left.words.2 < right.words.2 }
        return left.words.3 < right.words.3
    }

    /// Feeds a single word: a digest is already uniformly distributed.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}

extension Digest: Codable {
    /// Reads 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = Digest(hexadecimal: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no digest")
        }
        self = digest
    }

    /// Writes 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexadecimal)
    }
}
