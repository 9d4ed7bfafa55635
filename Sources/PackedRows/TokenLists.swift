package import Columns

/// A column of lists of tokens.
package struct TokenLists: Sendable {
    private let lists: ListColumn
    private let ids: IntegerColumn

    /// The column's lists; fails where the elements are no whole numbers that tokens can have.
    package init(_ lists: ListColumn, name: String) throws(ColumnsError) {
        self.lists = lists
        switch lists.elements {
        case .integer(let ids): self.ids = ids
        case .null(0): ids = IntegerColumn([Int64]())
        default: throw ColumnsError("column '\(name)' holds lists of something else than tokens")
        }
        guard ids.values.allSatisfy({ $0 >= 0 && $0 <= Int64(Int32.max) }) else {
            throw ColumnsError("column '\(name)' holds numbers that are no tokens")
        }
    }

    /// The tokens of a row.
    package func ids(ofRow row: Int) -> [Int32] {
        guard let range = lists.range(at: row) else { return [] }
        return ids.values[range].map { Int32($0) }
    }

    /// How many tokens a row has.
    package func count(ofRow row: Int) -> Int { lists.range(at: row)?.count ?? 0 }
}
