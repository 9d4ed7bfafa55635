/// A list of strings and nulls as one run of UTF-8 bytes; one buffer is used for row after row.
struct StringListBuffer: Sendable {
    /// The texts, one after the other.
    private(set) var bytes: [UInt8] = []
    /// Where each element ends; a null is empty.
    private var ends: [Int] = []
    private var nulls: [Bool] = []

    /// The most elements that a list may have.
    static let elementLimit = 10_000

    var count: Int { ends.count }

    /// The text of an element; nil where it is null.
    subscript(index: Int) -> ArraySlice<UInt8>? {
        if nulls[index] { return nil }
        return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        nulls.removeAll(keepingCapacity: true)
    }

    /// Appends an element, nil for null.
    mutating func append(_ text: ArraySlice<UInt8>?) {
        if let text { bytes.append(contentsOf: text) }
        ends.append(bytes.count)
        nulls.append(text == nil)
    }

    /// Replaces the content by a cell such as `["Hello","How \u0061re you?",null]`, and nothing after it.
    mutating func decode(_ cell: ArraySlice<UInt8>) throws(JSONFault) {
        removeAll()
        var scanner = JSONScanner(cell)
        try appendList(from: &scanner)
        guard scanner.peek() == nil else { throw scanner.unexpected("expected the end of the list") }
    }

    /// Appends the elements of the list that comes next.
    mutating func appendList(from scanner: inout JSONScanner) throws(JSONFault) {
        try scanner.expect(UInt8(ascii: "["), "'['")
        if scanner.skip(UInt8(ascii: "]")) { return }
        repeat {
            guard count < StringListBuffer.elementLimit else {
                throw scanner.unexpected("more than \(StringListBuffer.elementLimit) elements")
            }
            switch scanner.peek() {
            case UInt8(ascii: "\""):
                try scanner.string(appendingTo: &bytes)
                ends.append(bytes.count)
                nulls.append(false)
            case UInt8(ascii: "n"):
                guard scanner.skip(word: "null") else {
                    throw scanner.unexpected("expected a string or null")
                }
                append(nil)
            default: throw scanner.unexpected("expected a string or null")
            }
        } while scanner.skip(UInt8(ascii: ","))
        try scanner.expect(UInt8(ascii: "]"), "',' or ']'")
    }

    /// True where a text contains a backslash, `u` and four hexadecimal digits: an escape that was escaped.
    var containsUnicodeEscape: Bool {
        let span = bytes.span
        var start = 0
        for end in ends {
            var index = start
            while index + 6 <= end {
                if span[index] == 0x5C, span[index + 1] == UInt8(ascii: "u") {
                    var digits = 0
                    while digits < 4, StringListBuffer.isHexadecimal(span[index + 2 + digits]) { digits += 1 }
                    if digits == 4 { return true }
                }
                index &+= 1
            }
            start = end
        }
        return false
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
    }
}
