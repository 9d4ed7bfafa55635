package import Columns

/// A column of lists of strings, read as bytes.
package struct StringLists: Sendable {
    private let lists: ListColumn
    private let strings: StringColumn

    /// The lists of a column; throws if the elements are not strings.
    package init(_ lists: ListColumn, name: String) throws(ColumnsError) {
        self.lists = lists
        switch lists.elements {
        case .string(let strings): self.strings = strings
        case .null(let count): strings = StringColumn([String?](repeating: nil, count: count))
        default: throw ColumnsError("column '\(name)' contains lists of something other than strings")
        }
    }

    /// Throws unless the prompt and both responses of every row, which the ids name, have equally many turns.
    package static func checkTurns(
        _ ids: StringColumn, _ prompt: StringLists, _ responseA: StringLists, _ responseB: StringLists
    ) throws(ColumnsError) {
        for row in 0..<prompt.count {
            let lengths = [prompt, responseA, responseB].map { $0.lists.range(at: row)?.count }
            guard let first = lengths[0], lengths.allSatisfy({ $0 == first }) else {
                let found = lengths.map { $0.map { "\($0)" } ?? "null" }
                throw ColumnsError(
                    "the row '\(ids[row] ?? "")': prompt, response_a and response_b have \(found[0]), \(found[1]) and "
                        + "\(found[2]) turns; they need equally many")
            }
        }
    }

    /// The number of rows.
    package var count: Int { lists.count }

    /// The indices of a row's elements; empty for a null list.
    package func elements(ofRow row: Int) -> Range<Int> { lists.range(at: row) ?? 0..<0 }

    /// The bytes of an element; nil for null.
    package func utf8(_ element: Int) -> ArraySlice<UInt8>? { strings.utf8(at: element) }

    /// The bytes of a row's elements; null becomes empty.
    package func pieces(ofRow row: Int) -> [ArraySlice<UInt8>] { elements(ofRow: row).map { utf8($0) ?? [] } }

    /// A row's elements as strings.
    package func strings(ofRow row: Int) -> [String?] { elements(ofRow: row).map { strings[$0] } }
}
