import Texts

/// Named columns of equal length, in memory.
public struct Table: Sendable {
    /// The columns' names and types.
    public let schema: Schema
    /// The columns, in the schema's order.
    public let columns: [Column]
    /// The number of rows.
    public let rowCount: Int

    /// A table with named columns.
    ///
    /// - Throws: `ColumnsError` if the lengths differ or a name is duplicate.
    public init(_ columns: [(String, Column)]) throws(ColumnsError) {
        let count = columns.first?.1.count ?? 0
        var names = TextSet()
        for (name, column) in columns {
            guard column.count == count else {
                throw ColumnsError("column '\(name)' has \(column.count) values instead of \(count)")
            }
            guard names.insert(name) else { throw ColumnsError("two columns are named '\(name)'") }
        }
        self.init(
            schema: Schema(columns.map { Field($0.0, $0.1.type) }), columns: columns.map(\.1), rowCount: count
        )
    }

    init(schema: Schema, columns: [Column], rowCount: Int) {
        self.schema = schema
        self.columns = columns
        self.rowCount = rowCount
    }

    /// The column with this name; nil if there is none.
    public subscript(name: String) -> Column? {
        schema.fields.firstIndex { $0.name.hasSameBytes(as: name) }.map { columns[$0] }
    }

    /// The string column with this name.
    ///
    /// - Throws: `ColumnsError` if there is no such column or it has another type.
    public func strings(_ name: String) throws(ColumnsError) -> StringColumn {
        switch try column(name) {
        case .string(let column): return column
        case .null(let count): return StringColumn([String?](repeating: nil, count: count))
        case let other: throw mismatch(name, "text", other)
        }
    }

    /// The integer column with this name.
    public func integers(_ name: String) throws(ColumnsError) -> IntegerColumn {
        switch try column(name) {
        case .integer(let column): return column
        case .null(let count): return IntegerColumn([Int64?](repeating: nil, count: count))
        case let other: throw mismatch(name, "integers", other)
        }
    }

    /// The floating-point column with this name; integers are converted.
    public func floats(_ name: String) throws(ColumnsError) -> FloatingColumn {
        switch try column(name) {
        case .floating(let column): return column
        case .integer(let column):
            return FloatingColumn(values: column.values.map(Double.init), validity: column.validity)
        case .null(let count): return FloatingColumn([Double?](repeating: nil, count: count))
        case let other: throw mismatch(name, "numbers", other)
        }
    }

    /// The integer column with this name, which has a value in every row.
    ///
    /// - Throws: `ColumnsError` also if a row has none; `values` would have 0 there.
    public func completeIntegers(_ name: String) throws(ColumnsError) -> IntegerColumn {
        let column = try integers(name)
        try Self.check(column.validity, name)
        return column
    }

    /// The floating-point column with this name, which has a value in every row.
    ///
    /// - Throws: `ColumnsError` also if a row has none; `values` would have 0 there.
    public func completeFloats(_ name: String) throws(ColumnsError) -> FloatingColumn {
        let column = try floats(name)
        try Self.check(column.validity, name)
        return column
    }

    /// The Boolean column with this name, which has a value in every row.
    ///
    /// - Throws: `ColumnsError` also if a row has none; `values` would have false there.
    public func completeBooleans(_ name: String) throws(ColumnsError) -> BooleanColumn {
        let column = try booleans(name)
        try Self.check(column.validity, name)
        return column
    }

    /// The string column with this name, which has a value in every row.
    public func completeStrings(_ name: String) throws(ColumnsError) -> StringColumn {
        let column = try strings(name)
        try Self.check(column.validity, name)
        return column
    }

    private static func check(_ validity: Validity, _ name: String) throws(ColumnsError) {
        guard let row = validity.firstNull else { return }
        throw ColumnsError("column '\(name)' is null in row \(row + 1), but needs a value in every row")
    }

    /// The Boolean column with this name.
    public func booleans(_ name: String) throws(ColumnsError) -> BooleanColumn {
        switch try column(name) {
        case .boolean(let column): return column
        case .null(let count): return BooleanColumn([Bool?](repeating: nil, count: count))
        case let other: throw mismatch(name, "booleans", other)
        }
    }

    /// The list column with this name.
    public func lists(_ name: String) throws(ColumnsError) -> ListColumn {
        guard case .list(let column) = try column(name) else {
            throw mismatch(name, "lists", try column(name))
        }
        return column
    }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> Table {
        Table(schema: schema, columns: columns.map { $0.selecting(rows) }, rowCount: rows.count)
    }

    private func column(_ name: String) throws(ColumnsError) -> Column {
        guard let column = self[name] else {
            throw ColumnsError(
                "there is no column '\(name)'; the columns are \(schema.names.joined(separator: ", "))")
        }
        return column
    }

    private func mismatch(_ name: String, _ wanted: String, _ column: Column) -> ColumnsError {
        ColumnsError("column '\(name)' should contain \(wanted), but contains \(column.type)")
    }
}
