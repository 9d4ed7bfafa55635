import Columns

/// The first rows of a table with its schema. Pure.
struct TablePreview {
    let schema: Schema
    let pieces: [Table]
    let hasMore: Bool

    /// The number of characters of a value that are considered before the column's width cuts it.
    private static let longestCell = 200

    func text(_ bounds: Preview.Bounds, style: TextStyle) -> String {
        let fields = schema.fields.map { [$0.name, "\($0.type)" + ($0.isNullable ? "?" : "")] }
        let shownFields = Array(fields.prefix(200))
        var text = TextTable(["column", "type"], rows: shownFields).text(width: bounds.width, style: style)
        if fields.count > shownFields.count {
            text += "and \(fields.count - shownFields.count) more columns\n"
        }
        // Each table column gets at least eight terminal columns.
        let fitting = max(1, min(schema.fields.count, (bounds.width + 2) / 10))
        let names = schema.names.prefix(fitting)
        var rows: [[String]] = []
        for piece in pieces {
            for row in 0..<piece.rowCount where rows.count < bounds.rows {
                rows.append(piece.columns.prefix(fitting).map { Self.cell($0, row) })
            }
        }
        let titles = zip(names, schema.fields).map { name, field in
            field.type == .integer || field.type == .floating ? ">" + name : name
        }
        text += "\n" + TextTable(titles, rows: rows).text(width: bounds.width, style: style)
        if fitting < schema.fields.count {
            text += style.dim("… \(schema.fields.count - fitting) more columns") + "\n"
        }
        if hasMore { text += style.dim("… more rows") + "\n" }
        return text
    }

    /// A value in readable form: lists and records as in JSON, a null as `null`.
    static func cell(_ column: Column, _ row: Int) -> String {
        var budget = longestCell
        return value(column, row, isNested: false, &budget)
    }

    private static func value(_ column: Column, _ row: Int, isNested: Bool, _ budget: inout Int) -> String {
        guard budget > 0 else { return "…" }
        guard !column.isNull(row) else { return "null" }
        var text: String
        switch column {
        case .boolean(let column): text = column[row] == true ? "true" : "false"
        case .integer(let column): text = column[row].map(String.init) ?? "null"
        case .floating(let column): text = column[row].map { "\($0)" } ?? "null"
        case .string(let column):
            let bytes = column.utf8(at: row)?.prefix(4 * longestCell) ?? []
            text = String(decoding: bytes, as: UTF8.self)
            if isNested { text = "\"" + text + "\"" }
        case .binary(let column): text = "\(column.byteCount(at: row)) bytes"
        case .list(let column):
            var parts: [String] = []
            for element in column.range(at: row) ?? 0..<0 {
                parts.append(value(column.elements, element, isNested: true, &budget))
                if budget <= 0 { break }
            }
            return "[" + parts.joined(separator: ", ") + "]"
        case .structure(let column):
            var parts: [String] = []
            for member in column.members {
                parts.append(member.name + ": " + value(member.column, row, isNested: true, &budget))
                if budget <= 0 { break }
            }
            return "{" + parts.joined(separator: ", ") + "}"
        case .foreign(let name, _): text = "(\(name))"
        case .null: text = "null"
        }
        budget -= text.utf8.count
        return text
    }
}
