/// Reads JSON from UTF-8 bytes, one token at a time, without making strings.
///
/// It is strict about structure and tolerant about text, as crowd-sourced cells need: control characters may stand
/// raw in a string, and an unpaired surrogate escape becomes U+FFFD. The bytes must be valid UTF-8 already.
struct JSONScanner: Sendable {
    /// What is being read.
    let bytes: ArraySlice<UInt8>
    /// The index of the next byte.
    private(set) var position: Int

    /// How deeply values that nobody asked for may be nested.
    static let depthLimit = 64

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The next byte that is not white space, without reading it; nil at the end.
    mutating func peek() -> UInt8? {
        let end = bytes.endIndex
        while position < end {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    /// Reads `byte` where it comes next.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    /// Reads `byte`, which must come next.
    mutating func expect(_ byte: UInt8, _ what: String) throws(JSONFault) {
        guard skip(byte) else { throw unexpected("expected \(what)") }
    }

    /// Reads a word such as `null` where it comes next.
    mutating func skip(word: StaticString) -> Bool {
        guard peek() != nil else { return false }
        let length = word.utf8CodeUnitCount
        guard bytes.endIndex - position >= length else { return false }
        let matches = word.description.utf8.elementsEqual(bytes[position..<position + length])
        if matches { position += length }
        return matches
    }

    /// Reads a string and appends its text to `text`.
    mutating func string(appendingTo text: inout [UInt8]) throws(JSONFault) {
        try expect(0x22, "a string")
        let end = bytes.endIndex
        while true {
            let start = position
            // Runs of plain text are found byte by byte and copied whole.
            let run = plainRun(from: start)
            text.append(contentsOf: bytes[start..<run])
            position = run
            guard position < end else { throw fault(at: start, "the string does not end") }
            position += 1
            if bytes[position - 1] == 0x22 { return }
            try escape(appendingTo: &text)
        }
    }

    /// Passes over one value of any type.
    mutating func skipValue(depth: Int = 0) throws(JSONFault) {
        guard depth < JSONScanner.depthLimit else {
            throw unexpected("values nested more than \(JSONScanner.depthLimit) deep")
        }
        guard let first = peek() else { throw unexpected("expected a value") }
        switch first {
        case UInt8(ascii: "\""):
            var ignored: [UInt8] = []
            try string(appendingTo: &ignored)
        case UInt8(ascii: "["):
            position += 1
            if skip(UInt8(ascii: "]")) { return }
            repeat { try skipValue(depth: depth + 1) } while skip(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"), "',' or ']'")
        case UInt8(ascii: "{"):
            position += 1
            if skip(UInt8(ascii: "}")) { return }
            repeat {
                var ignored: [UInt8] = []
                try string(appendingTo: &ignored)
                try expect(UInt8(ascii: ":"), "':'")
                try skipValue(depth: depth + 1)
            } while skip(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"), "',' or '}'")
        default:
            if skip(word: "null") || skip(word: "true") || skip(word: "false") { return }
            _ = try number()
        }
    }

    /// Reads a number.
    mutating func number() throws(JSONFault) -> Double {
        _ = peek()
        let start = position
        let end = bytes.endIndex
        scan: while position < end {
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                position += 1
            default: break scan
            }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard position > start, let value = Double(text), value.isFinite else {
            throw fault(at: start, "expected a value")
        }
        return value
    }

    /// A fault at the next byte.
    func unexpected(_ reason: String) -> JSONFault {
        let found =
            position < bytes.endIndex ? "found \(JSONFault.name(of: bytes[position]))" : "found the end"
        return fault(at: position, reason + ", " + found)
    }

    private func fault(at position: Int, _ reason: String) -> JSONFault {
        JSONFault(offset: position - bytes.startIndex, reason: reason)
    }

    private func plainRun(from start: Int) -> Int {
        let base = bytes.startIndex
        let span = bytes.span
        var index = start - base
        while index < span.count, span[index] != 0x22, span[index] != 0x5C { index &+= 1 }
        return base + index
    }

    private mutating func escape(appendingTo text: inout [UInt8]) throws(JSONFault) {
        let start = position - 1
        guard position < bytes.endIndex else { throw fault(at: start, "the string does not end") }
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            var unit = try hexadecimal(start: start)
            if unit >= 0xD800 && unit < 0xDC00, let low = lowSurrogate() {
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            // U+FFFD stands for what is no scalar: an unpaired surrogate.
            JSONScanner.append(unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit, to: &text)
        default: throw fault(at: start, "the escape '\\' + \(JSONFault.name(of: letter)) does not exist")
        }
    }

    /// Reads the escape of a low surrogate where it comes next.
    private mutating func lowSurrogate() -> UInt32? {
        guard bytes.endIndex - position >= 6, bytes[position] == 0x5C, bytes[position + 1] == 0x75 else {
            return nil
        }
        let before = position
        position += 2
        if let unit = try? hexadecimal(start: before), unit >= 0xDC00 && unit < 0xE000 { return unit }
        position = before
        return nil
    }

    private mutating func hexadecimal(start: Int) throws(JSONFault) -> UInt32 {
        guard bytes.endIndex - position >= 4 else {
            throw fault(at: start, "\\u needs four hexadecimal digits")
        }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[position] - 0x30
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[position] - 0x61 + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[position] - 0x41 + 10
            default: throw fault(at: start, "\\u needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
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
