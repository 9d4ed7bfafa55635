/// Lists of texts as JSON in table cells: the hot loop of reading them.
package enum JSONStringList: Sendable {
    /// Decodes a cell such as `["Hello","How \u0061re you?",null]`, tolerantly. O(cell).
    ///
    /// - Parameters:
    ///   - cell: valid UTF-8.
    ///   - quotesAreDoubled: true if each quote is doubled, as in a quoted field of a CSV file.
    ///   - limit: the maximum number of elements.
    ///   - text: receives the texts, one after another.
    ///   - ends: receives where each text ends; a null is empty.
    ///   - nulls: receives which elements are null.
    /// - Returns: false if the cell is not such a list; whatever was added is then meaningless.
    package static func decode(
        _ cell: Span<UInt8>, quotesAreDoubled: Bool, limit: Int, text: inout [UInt8], ends: inout [Int],
        nulls: inout [Bool]
    ) -> Bool {
        var isList = false
        let before = text.count
        text.append(addingCapacity: cell.count + 8) { output in
            output.withUnsafeMutableBufferPointer { target, count in
                cell.withUnsafeBufferPointer { source in
                    guard let source = source.baseAddress, let target = target.baseAddress else { return }
                    // The target has room for the whole cell plus one word.
                    var cursor = JSONCursor(
                        source, end: cell.count, target: target, rules: .tolerant,
                        quote: quotesAreDoubled ? 2 : 1)
                    isList = list(&cursor, limit: limit, base: before, &ends, &nulls)
                    count = cursor.written
                }
            }
        }
        return isList
    }

    private static func list(
        _ cursor: inout JSONCursor, limit: Int, base: Int, _ ends: inout [Int], _ nulls: inout [Bool]
    ) -> Bool {
        guard cursor.take(UInt8(ascii: "[")) else { return false }
        if cursor.take(UInt8(ascii: "]")) { return cursor.peek() == nil }
        var count = 0
        repeat {
            guard count < limit else { return false }
            cursor.skipSpace()
            if cursor.takeQuote() {
                guard cursor.string() else { return false }
                nulls.append(false)
            } else {
                guard cursor.take(word: "null") else { return false }
                nulls.append(true)
            }
            ends.append(base + cursor.written)
            count += 1
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]")) && cursor.peek() == nil
    }
}
