/// GPT-2's alphabet: every byte as a printable character, so that a vocabulary of bytes can be a list of strings.
enum ByteAlphabet {
    /// The scalar for each byte.
    static let scalars: [UInt32] = {
        var scalars: [UInt32] = []
        var next: UInt32 = 256
        for byte in UInt32(0)..<256 {
            if 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || 0xAE...0xFF ~= byte {
                scalars.append(byte)
            } else {
                scalars.append(next)
                next += 1
            }
        }
        return scalars
    }()

    /// The byte for each scalar below U+0144, or -1.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// Bytes as spelled in a vocabulary.
    static func spelling(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var spelling: [UInt8] = []
        for byte in bytes { spelling.append(scalar: scalars[Int(byte)]) }
        return spelling
    }

    /// The bytes of a spelling (valid UTF-8); nil if a character does not represent a byte.
    static func bytes(ofSpelling spelling: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(spelling.count)
        let span = spelling.span
        var position = 0
        while position < spelling.count {
            let (scalar, length) = span.scalar(at: position)
            guard scalar < 0x144, bytes[Int(scalar)] >= 0 else { return nil }
            result.append(UInt8(bytes[Int(scalar)]))
            position += length
        }
        return result
    }
}
