import JSON

/// Decodes a Python string literal.
enum PythonText: Sendable {
    /// Appends a text and returns the index after its closing quote.
    ///
    /// - Parameter start: the index of the opening quote; three of them open a text that ends with three.
    static func append(
        _ bytes: ArraySlice<UInt8>, at start: Int, isRaw: Bool, to text: inout [UInt8]
    ) throws(JSONFault) -> Int {
        let quote = bytes[start]
        let isTriple = bytes[start...].starts(with: [quote, quote, quote])
        var index = start + (isTriple ? 3 : 1)
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == quote {
                if !isTriple { return index + 1 }
                if bytes[index...].starts(with: [quote, quote, quote]) { return index + 3 }
            }
            guard byte == 0x5C, index + 1 < bytes.endIndex else {
                text.append(byte)
                index += 1
                continue
            }
            if isRaw {
                text += bytes[index...index + 1]
                index += 2
            } else {
                index = try escape(bytes, at: index, to: &text)
            }
        }
        throw JSONFault(offset: start - bytes.startIndex, reason: "the text does not end")
    }

    /// Appends the character for an escape, and returns the index after it.
    private static func escape(
        _ bytes: ArraySlice<UInt8>, at start: Int, to text: inout [UInt8]
    ) throws(JSONFault) -> Int {
        let letter = bytes[start + 1]
        let next = start + 2
        switch Character(Unicode.Scalar(letter)) {
        case "\n": return next
        case "\\", "'", "\"": text.append(letter)
        case "n": text.append(0x0A)
        case "t": text.append(0x09)
        case "r": text.append(0x0D)
        case "a": text.append(0x07)
        case "b": text.append(0x08)
        case "f": text.append(0x0C)
        case "v": text.append(0x0B)
        case "x": return try number(bytes, start, next, digits: 2, to: &text)
        case "u": return try number(bytes, start, next, digits: 4, to: &text)
        case "U": return try number(bytes, start, next, digits: 8, to: &text)
        case "N":
            throw JSONFault(
                offset: start - bytes.startIndex, reason: "characters by their names, '\\N{…}', are not read")
        case "0"..."7":
            var (value, index) = (UInt32(0), start + 1)
            while index < bytes.endIndex, index < start + 4, bytes[index] >= 0x30, bytes[index] <= 0x37 {
                value = value * 8 + UInt32(bytes[index] - 0x30)
                index += 1
            }
            append(value, to: &text)
            return index
        default:
            text += bytes[start...start + 1]
        }
        return next
    }

    private static func number(
        _ bytes: ArraySlice<UInt8>, _ start: Int, _ first: Int, digits: Int, to text: inout [UInt8]
    ) throws(JSONFault) -> Int {
        let end = first + digits
        guard var value = hexadecimal(bytes, first..<end) else {
            throw JSONFault(
                offset: start - bytes.startIndex,
                reason: "an escape needs \(digits) hexadecimal digits, as in Python")
        }
        var behind = end
        // A surrogate pair as written by JavaScript.
        if value >= 0xD800 && value < 0xDC00, digits == 4, end + 6 <= bytes.endIndex,
            bytes[end] == 0x5C, bytes[end + 1] == UInt8(ascii: "u"),
            let low = hexadecimal(bytes, end + 2..<end + 6), low >= 0xDC00 && low < 0xE000
        {
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            behind = end + 6
        }
        append(value, to: &text)
        return behind
    }

    /// The value of hexadecimal digits; nil if others are among them, or the text ends before.
    private static func hexadecimal(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> UInt32? {
        guard range.upperBound <= bytes.endIndex else { return nil }
        var value: UInt32 = 0
        for byte in bytes[range] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Appends a scalar, or U+FFFD if the value is not one.
    private static func append(_ value: UInt32, to text: inout [UInt8]) {
        text += String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8
    }
}
