import Columns
import StageKit

/// A column of single values, read as text whatever its type.
struct TextCells: Sendable {
    /// The column's name.
    let name: String
    private let column: Column
    private let limit: Int

    init(_ table: Table, _ name: String, limit: Int) throws {
        guard let column = table[name] else { throw StageFailure("the table has no column '\(name)'") }
        guard !table.schema.holdsTimes(name) else {
            throw StageFailure(
                "column '\(name)' contains dates or times; write them as text, such as 2026-01-31, to use them"
            )
        }
        switch column {
        case .string, .binary, .integer, .floating, .boolean, .null: break
        case .list, .structure, .foreign:
            throw StageFailure("column '\(name)' should contain single values, but contains \(column.type)")
        }
        self.name = name
        self.column = column
        self.limit = limit
    }

    /// The text of a row; nil for null.
    func text(_ row: Int) throws(Reject) -> ArraySlice<UInt8>? {
        switch column {
        case .string(let values), .binary(let values):
            guard let text = values.utf8(at: row) else { return nil }
            guard text.count <= limit else {
                throw Reject(.oversizeCell, "\(text.count) bytes", column: name, cell: text)
            }
            try UTF8Check.validate(text, name)
            return text
        case .integer(let values): return values[row].map { Array(String($0).utf8)[...] }
        case .boolean(let values): return values[row].map { Array(($0 ? "1" : "0").utf8)[...] }
        case .floating(let values):
            // In a table, not a number means no value: pandas writes nulls so.
            guard let value = values[row], !value.isNaN else { return nil }
            let whole = Int64(exactly: value)
            return Array((whole.map { String($0) } ?? "\(value)").utf8)[...]
        case .list, .structure, .foreign, .null: return nil
        }
    }
}
