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

    /// The next byte that is not whitespace, without consuming it; nil at the end.
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

    /// Reads `byte`, or throws if something else comes next.
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
        var offset = position - bytes.startIndex
        try JSONText.append(bytes, from: &offset, to: &text)
        position = bytes.startIndex + offset
    }

    /// Skips one value of any type.
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
}
