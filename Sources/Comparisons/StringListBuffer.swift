package import Columns
internal import JSON

/// A list of strings and nulls in one buffer of UTF-8 bytes, reused for row after row.
package struct StringListBuffer: Sendable {
    private var bytes: [UInt8] = []
    /// The end of each element; a null is empty.
    private var ends: [Int] = []
    private var nulls: [Bool] = []

    /// An empty list.
    package init() {}

    /// The number of elements.
    package var count: Int { ends.count }

    /// The text of an element; nil if it is null.
    package subscript(index: Int) -> ArraySlice<UInt8>? {
        nulls[index] ? nil : bytes[range(index)]
    }

    /// Removes all elements and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        nulls.removeAll(keepingCapacity: true)
    }

    /// Appends an element; nil for null.
    package mutating func append(_ text: ArraySlice<UInt8>?) {
        if let text { bytes.append(contentsOf: text) }
        ends.append(bytes.count)
        nulls.append(text == nil)
    }

    /// Appends the element that `write` adds to the bytes; if it throws, the list is invalid.
    package mutating func append<Failure>(writing write: (inout [UInt8]) throws(Failure) -> Void)
        throws(Failure)
    {
        try write(&bytes)
        ends.append(bytes.count)
        nulls.append(false)
    }

    /// Keeps only the first `count` elements.
    package mutating func truncate(to count: Int) {
        guard count < ends.count else { return }
        ends.removeLast(ends.count - count)
        nulls.removeLast(nulls.count - count)
        bytes.removeLast(bytes.count - (ends.last ?? 0))
    }

    /// Replaces the content with a JSON list of texts and nulls; the cell must be valid UTF-8.
    ///
    /// - Returns: false if the cell is not such a list, or has more than `limit` elements; the content is then
    ///   undefined.
    package mutating func decodeQuickly(_ cell: ArraySlice<UInt8>, quotesAreDoubled: Bool, limit: Int) -> Bool
    {
        removeAll()
        return JSONStringList.decode(
            cell.span, quotesAreDoubled: quotesAreDoubled, limit: limit, text: &bytes, ends: &ends,
            nulls: &nulls)
    }

    /// The concatenated texts.
    package var utf8: ArraySlice<UInt8> { bytes[...] }

    /// Appends the elements to a column of texts.
    package func append(to column: inout StringColumn.Builder) {
        column.append(utf8: bytes, ends: ends, nulls: nulls)
    }

    /// Whether both lists have the same elements, byte by byte.
    package static func == (left: StringListBuffer, right: StringListBuffer) -> Bool {
        left.ends == right.ends && left.nulls == right.nulls && left.bytes == right.bytes
    }

    /// Whether a text contains a backslash, `u` and four hexadecimal digits: a doubly escaped character.
    package var containsUnicodeEscape: Bool {
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

    private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
    }
}
