internal import Glibc

/// Converts the system's names, which are any bytes but zero, to texts and back.
///
/// Every byte that is not UTF-8 becomes an unused character, U+10FF80 to U+10FFFF. So does every byte of such a
/// character in a name, so that different names always have different texts.
package enum SystemText {
    /// The text that stands for a name.
    @specialized(where Bytes == [UInt8])
    @specialized(where Bytes == ArraySlice<UInt8>)
    package static func text<Bytes: BidirectionalCollection<UInt8>>(of bytes: Bytes) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !hasEscapes(text) { return text }
        var text = String.UnicodeScalarView()
        let bytes = Array(bytes)
        var position = 0
        while position < bytes.count {
            let length = sequenceLength(bytes[position])
            let end = min(position + length, bytes.count)
            if let valid = String(validating: bytes[position..<end], as: UTF8.self), !hasEscapes(valid),
                end - position == length
            {
                text.append(contentsOf: valid.unicodeScalars)
            } else {
                // Otherwise, only the first byte: the next may begin a character.
                text.append(escape(bytes[position]))
                position += 1
                continue
            }
            position = end
        }
        return String(text)
    }

    /// The bytes of the name that a text stands for.
    package static func bytes(of text: String) -> [UInt8] {
        guard hasEscapes(text) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if let byte = byte(of: scalar) {
                bytes.append(byte)
            } else {
                bytes += Array(UTF8.encode(scalar) ?? .init())
            }
        }
        return bytes
    }

    /// Calls `body` with the name in the system's form.
    package static func withCString<Result>(
        _ text: String, _ body: (UnsafePointer<CChar>) throws -> Result
    ) rethrows -> Result {
        guard hasEscapes(text) else { return try text.withCString(body) }
        let characters = bytes(of: text).map { CChar(bitPattern: $0) } + [0]
        return try characters.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("there is a zero at least") }
            return try body(start)
        }
    }

    /// The order of these names by their bytes, which is that of the texts' bytes unless a text stands for other bytes.
    package static func order(of names: some Sequence<String>) -> (String, String) -> Bool {
        names.contains(where: hasEscapes)
            ? { precedes($0, $1) } : { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// True if a name comes before another in the order of their bytes.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        guard hasEscapes(left) || hasEscapes(right) else {
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        }
        return bytes(of: left).lexicographicallyPrecedes(bytes(of: right))
    }

    /// The byte that a character stands for; nil for all others.
    package static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        scalar.value >= 0x10_FF80 ? UInt8(scalar.value - 0x10_FF00) : nil
    }

    /// True if a text has a character that stands for a byte.
    package static func containsEscapedBytes(_ text: String) -> Bool { hasEscapes(text) }

    private static func escape(_ byte: UInt8) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(0x10_FF00 + UInt32(byte)) else {
            preconditionFailure("the range has no surrogates")
        }
        return scalar
    }

    /// True if there is a character of the last half of a row, which begins with these three bytes.
    private static func hasEscapes(_ text: String) -> Bool {
        guard text.contains(byte: 0xF4) else { return false }
        return text.unicodeScalars.contains { byte(of: $0) != nil }
    }

    private static func sequenceLength(_ byte: UInt8) -> Int {
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }
}
