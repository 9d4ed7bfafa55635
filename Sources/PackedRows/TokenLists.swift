package import Columns

/// A column of lists of tokens.
package struct TokenLists: Sendable {
    private let lists: ListColumn
    private let ids: IntegerColumn

    /// The lists of a column; throws if the elements are not integers in the range of tokens.
    package init(_ lists: ListColumn, name: String) throws(ColumnsError) {
        self.lists = lists
        switch lists.elements {
        case .integer(let ids): self.ids = ids
        case .null(0): ids = IntegerColumn([Int64]())
        default: throw ColumnsError("column '\(name)' contains lists of something other than tokens")
        }
        let range = 0...Int64(Int32.max)
        guard (0..<ids.count).allSatisfy({ ids[$0].map { range.contains($0) } ?? false }) else {
            throw ColumnsError("column '\(name)' contains numbers that are not tokens")
        }
    }

    /// The tokens of a row.
    package func ids(ofRow row: Int) -> [Int32] {
        guard let range = lists.range(at: row) else { return [] }
        return ids.values[range].map { Int32($0) }
    }

    /// The number of tokens in a row.
    package func count(ofRow row: Int) -> Int { lists.range(at: row)?.count ?? 0 }
}
