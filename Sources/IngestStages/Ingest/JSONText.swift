/// Decodes the text of a JSON string: the hot loop of reading cells.
enum JSONText: Sendable {
    /// Appends the text up to the closing quote, and moves `offset` from the first byte to behind that quote.
    ///
    /// - Parameter offset: counts from the slice's first byte.
    static func append(
        _ bytes: ArraySlice<UInt8>, from offset: inout Int, to text: inout [UInt8]
    ) throws(JSONFault) {
        let span = bytes.span
        let base = bytes.startIndex
        let end = span.count
        var index = offset
        let start = index
        while true {
            // Runs of plain text are found byte by byte and copied whole.
            let run = index
            while index < end, span[index] != 0x22, span[index] != 0x5C { index &+= 1 }
            if index > run { text.append(contentsOf: bytes[base + run..<base + index]) }
            guard index < end else { throw JSONFault(offset: start, reason: "unterminated string") }
            if span[index] == 0x22 { break }
            // In some scripts, every character is escaped, so escapes come in runs.
            while index < end, span[index] == 0x5C { try escape(span, &index, &text) }
        }
        offset = index + 1
    }

    private static func escape(
        _ span: Span<UInt8>, _ index: inout Int, _ text: inout [UInt8]
    ) throws(JSONFault) {
        let start = index
        guard index + 1 < span.count else {
            throw JSONFault(offset: start, reason: "unterminated string")
        }
        let letter = span[index + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "u"):
            var unit = try hexadecimal(span, index, start: start)
            index += 4
            if unit >= 0xD800 && unit < 0xDC00, let low = lowSurrogate(span, index) {
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                index += 6
            }
            // U+FFFD stands for what is no scalar: an unpaired surrogate.
            append(unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit, to: &text)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        default:
            throw JSONFault(
                offset: start, reason: "the escape '\\' + \(JSONFault.name(of: letter)) does not exist")
        }
    }

    /// The low surrogate whose escape stands at `index`, if one does.
    private static func lowSurrogate(_ span: Span<UInt8>, _ index: Int) -> UInt32? {
        guard index + 6 <= span.count, span[index] == 0x5C, span[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        guard let unit = try? hexadecimal(span, index + 2, start: index), unit >= 0xDC00 && unit < 0xE000
        else {
            return nil
        }
        return unit
    }

    private static func hexadecimal(_ span: Span<UInt8>, _ index: Int, start: Int) throws(JSONFault) -> UInt32
    {
        var value: UInt32 = 0
        for offset in 0..<4 {
            let byte = index + offset < span.count ? span[index + offset] : 0
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - 0x30
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - 0x61 + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - 0x41 + 10
            default: throw JSONFault(offset: start, reason: "\\u must be followed by four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift & 0x3F)) }
        switch scalar {
        case ..<0x80: text.append(UInt8(scalar))
        case ..<0x800:
            text.append(UInt8(0xC0 | scalar >> 6))
            text.append(continuation(0))
        case ..<0x1_0000:
            text.append(UInt8(0xE0 | scalar >> 12))
            text.append(continuation(6))
            text.append(continuation(0))
        default:
            text.append(UInt8(0xF0 | scalar >> 18))
            text.append(continuation(12))
            text.append(continuation(6))
            text.append(continuation(0))
        }
    }
}
