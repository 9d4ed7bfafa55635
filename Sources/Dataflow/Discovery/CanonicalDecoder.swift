package import Digests

/// Bytes that are not a canonical encoding of what was expected.
package struct CanonicalDecodingError: Error, Sendable, Hashable {
    package init() {}
}

/// Reads items of the canonical encoding; the table is in `Key`'s documentation.
package struct CanonicalDecoder {
    private let input: [UInt8]
    private var position = 0

    package init(_ bytes: [UInt8]) { input = bytes }

    package var isAtEnd: Bool { position == input.count }

    /// The number of elements of a list that begins here; each takes at least one byte.
    package mutating func list() throws(CanonicalDecodingError) -> Int {
        try expect("L")
        let count = try word()
        guard count <= UInt64(input.count - position) else { throw CanonicalDecodingError() }
        return Int(count)
    }

    package mutating func integer() throws(CanonicalDecodingError) -> Int {
        try expect("I")
        return Int(truncatingIfNeeded: Int64(bitPattern: try word()))
    }

    package mutating func bytes() throws(CanonicalDecodingError) -> [UInt8] {
        try expect("S")
        let count = try word()
        guard count <= UInt64(input.count - position) else { throw CanonicalDecodingError() }
        defer { position += Int(count) }
        return Array(input[position..<position + Int(count)])
    }

    mutating func text() throws(CanonicalDecodingError) -> String {
        String(decoding: try bytes(), as: UTF8.self)
    }

    package mutating func digest() throws(CanonicalDecodingError) -> Digest {
        try expect("D")
        guard input.count - position >= Digest.byteCount,
            let digest = Digest(bytes: Array(input[position..<position + Digest.byteCount]))
        else { throw CanonicalDecodingError() }
        position += Digest.byteCount
        return digest
    }

    private mutating func expect(_ tag: Unicode.Scalar) throws(CanonicalDecodingError) {
        guard position < input.count, input[position] == UInt8(ascii: tag) else {
            throw CanonicalDecodingError()
        }
        position += 1
    }

    private mutating func word() throws(CanonicalDecodingError) -> UInt64 {
        guard input.count - position >= 8 else { throw CanonicalDecodingError() }
        defer { position += 8 }
        return input[position..<position + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
