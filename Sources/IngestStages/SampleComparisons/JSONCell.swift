/// Writes a list of texts like the competition's files: a JSON array in a quoted CSV field, with non-ASCII characters
/// escaped.
enum JSONCell: Sendable {
    /// Appends the field, including its quotes.
    static func append(_ texts: [[UInt8]?], newlines: Bool, to csv: inout [UInt8]) {
        csv.append(quote)
        csv.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { csv.append(UInt8(ascii: ",")) }
            // White space between elements is valid JSON, and makes a line break inside the field.
            if newlines { csv += Array("\n  ".utf8) }
            guard let text else {
                csv += Array("null".utf8)
                continue
            }
            csv.append(quote)
            csv.append(quote)
            append(text, to: &csv)
            csv.append(quote)
            csv.append(quote)
        }
        csv.append(UInt8(ascii: "]"))
        csv.append(quote)
    }

    private static let quote = UInt8(ascii: "\"")

    private static func append(_ text: [UInt8], to csv: inout [UInt8]) {
        var index = 0
        let end = text.count
        while index < end {
            let byte = text[index]
            index += 1
            switch byte {
            case quote: csv += [0x5C, quote, quote]
            case UInt8(ascii: "\\"), UInt8(ascii: "/"): csv += [0x5C, byte]
            case 0x0A: csv += [0x5C, UInt8(ascii: "n")]
            case 0x0D: csv += [0x5C, UInt8(ascii: "r")]
            case 0x09: csv += [0x5C, UInt8(ascii: "t")]
            case ..<0x20: escape(UInt32(byte), to: &csv)
            case ..<0x80: csv.append(byte)
            default:
                let more = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
                var scalar = UInt32(byte) & (0x3F >> UInt32(more))
                for _ in 0..<more where index < end {
                    scalar = scalar << 6 | UInt32(text[index] & 0x3F)
                    index += 1
                }
                if scalar >= 0x10000 {
                    escape(0xD800 + (scalar - 0x10000) >> 10, to: &csv)
                    escape(0xDC00 + (scalar - 0x10000) & 0x3FF, to: &csv)
                } else {
                    escape(scalar, to: &csv)
                }
            }
        }
    }

    private static func escape(_ unit: UInt32, to csv: inout [UInt8]) {
        csv += [0x5C, UInt8(ascii: "u")]
        for shift in [UInt32(12), 8, 4, 0] {
            let digit = UInt8(unit >> shift & 15)
            csv.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}
