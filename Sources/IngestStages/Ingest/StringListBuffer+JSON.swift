import Comparisons
import JSON

extension StringListBuffer {
    /// The maximum number of elements in a list.
    static let elementLimit = 10_000

    /// Replaces the content with that of a cell such as `["Hello","How \u0061re you?",null]`, which nothing may follow.
    mutating func decode(_ cell: ArraySlice<UInt8>) throws(JSONFault) {
        if decodeQuickly(cell, quotesAreDoubled: false, limit: Self.elementLimit) { return }
        // To find out what is wrong, and where, the cell is parsed again.
        try decodeCarefully(cell)
    }

    /// Replaces the content with that of a cell, and reports what is wrong if it is not a list of texts and nulls.
    mutating func decodeCarefully(_ cell: ArraySlice<UInt8>) throws(JSONFault) {
        var scanner = JSONScanner(cell)
        try decodeList(from: &scanner)
        try scanner.expectEnd(of: "list")
    }

    /// Replaces the content with the list that follows.
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
