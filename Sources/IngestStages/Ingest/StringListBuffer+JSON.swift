import Comparisons
import JSON

extension StringListBuffer {
    /// The most elements that a list may have.
    static let elementLimit = 10_000

    /// Replaces the content by a cell such as `["Hello","How \u0061re you?",null]`, and nothing after it.
    mutating func decode(_ cell: ArraySlice<UInt8>) throws(JSONFault) {
        if decodeQuickly(cell, quotesAreDoubled: false, limit: Self.elementLimit) { return }
        // What is wrong, and where, is found by reading it again.
        try decodeCarefully(cell)
    }

    /// Replaces the content by a cell, and says what is wrong with one that is no list of texts and nulls.
    mutating func decodeCarefully(_ cell: ArraySlice<UInt8>) throws(JSONFault) {
        var scanner = JSONScanner(cell)
        try decodeList(from: &scanner)
        try scanner.expectEnd(of: "list")
    }

    /// Replaces the content by the list that comes next.
    mutating func decodeList(from scanner: inout JSONScanner) throws(JSONFault) {
        removeAll()
        try scanner.expect(UInt8(ascii: "["), "'['")
        if scanner.skip(UInt8(ascii: "]")) { return }
        repeat {
            guard count < StringListBuffer.elementLimit else {
                throw scanner.unexpected("more than \(StringListBuffer.elementLimit) elements")
            }
            switch scanner.peek() {
            case UInt8(ascii: "\""):
                try append { (bytes) throws(JSONFault) in try scanner.string(appendingTo: &bytes) }
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
}
