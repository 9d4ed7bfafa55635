/// Which characters of a text are escaped; the one place that writes JSON strings.
package enum JSONEscaping: Sendable, Hashable {
    /// Only what must be: quotes, backslashes and control characters. Like Python with `ensure_ascii=False`.
    case necessary
    /// The solidus and everything beyond ASCII as well, as in the competition's files.
    case ascii

    /// Appends a text, which must be valid UTF-8, in quotes.
    package func appendQuoted(_ text: ArraySlice<UInt8>, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        append(text, to: &json)
        json.append(UInt8(ascii: "\""))
    }

    /// Appends a text, which must be valid UTF-8, without quotes.
    package func append(_ text: ArraySlice<UInt8>, to json: inout [UInt8]) {
        var plain = text.startIndex
        var index = plain
        while index < text.endIndex {
            let byte = text[index]
            let isPlain =
                byte >= 0x20 && byte != 0x22 && byte != 0x5C
                && (self == .necessary || (byte < 0x80 && byte != 0x2F))
            if isPlain {
                index += 1
                continue
            }
            json += text[plain..<index]
            if byte < 0x80 {
                Self.escape(byte, to: &json)
                index += 1
            } else {
                let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
                Self.escape(scalar: text[index...].prefix(length), to: &json)
                index = min(index + length, text.endIndex)
            }
            plain = index
        }
        json += text[plain...]
    }

    private static func escape(_ byte: UInt8, to json: inout [UInt8]) {
        let letter: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter = byte
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0D: letter = UInt8(ascii: "r")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x08: letter = UInt8(ascii: "b")
        case 0x0C: letter = UInt8(ascii: "f")
        default: return escape(unit: UInt32(byte), to: &json)
        }
        json.append(0x5C)
        json.append(letter)
    }

    private static func escape(scalar bytes: ArraySlice<UInt8>, to json: inout [UInt8]) {
        let first = bytes.first.map { UInt32($0) } ?? 0
        var scalar = first & (0xFF >> UInt32(bytes.count + 1))
        for byte in bytes.dropFirst() { scalar = scalar << 6 | UInt32(byte & 0x3F) }
        if scalar >= 0x10000 {
            escape(unit: 0xD800 + (scalar - 0x10000) >> 10, to: &json)
            escape(unit: 0xDC00 + (scalar - 0x10000) & 0x3FF, to: &json)
        } else {
            escape(unit: scalar, to: &json)
        }
    }

    private static func escape(unit: UInt32, to json: inout [UInt8]) {
        json.append(0x5C)
        json.append(UInt8(ascii: "u"))
        for shift in [UInt32(12), 8, 4, 0] {
            let digit = UInt8(unit >> shift & 15)
            json.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}
