import Columns

extension RecordValue {
    /// The value in a row of a table's column.
    init(_ column: Column, row: Int) {
        self = RecordValue.value(column, row, depth: 0)
    }

    private static func value(_ column: Column, _ row: Int, depth: Int) -> RecordValue {
        // The reader of tables limits the depth of types; this limit is for any other column.
        guard depth < depthLimit else { return .null }
        switch column {
        case .null: return .null
        case .foreign(let name, _): return .foreign(name)
        case .string(let values), .binary(let values):
            return values.utf8(at: row).map { .text($0) } ?? .null
        case .integer(let values): return values[row].map { scalar(String($0)) } ?? .null
        case .boolean(let values): return values[row].map { scalar($0 ? "true" : "false") } ?? .null
        case .floating(let values):
            // In a table, NaN is a missing value: that is how pandas writes nulls.
            guard let value = values[row], !value.isNaN else { return .null }
            return scalar(Int64(exactly: value).map { String($0) } ?? "\(value)")
        case .list(let lists):
            guard let range = lists.range(at: row) else { return .null }
            return .list(range.map { self.value(lists.elements, $0, depth: depth + 1) })
        case .structure(let records):
            guard !records.isNull(row) else { return .null }
            return .record(records.members.map { ($0.name, value($0.column, row, depth: depth + 1)) })
        }
    }

    private static func scalar(_ text: String) -> RecordValue { .scalar(Array(text.utf8)[...]) }
}
