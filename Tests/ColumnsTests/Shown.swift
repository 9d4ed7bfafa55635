import Columns

/// Values as the scripts in References show them.
enum Shown {
    /// A value: texts and bytes in hexadecimal.
    static func value(_ column: Column, _ row: Int) -> String {
        if column.isNull(row) { return "null" }
        return switch column {
        case .boolean(let column): "\(column.values[row])"
        case .integer(let column): "\(column.values[row])"
        case .floating(let column): "\(column.values[row])"
        case .string(let column), .binary(let column): hexadecimal(column.utf8(at: row) ?? [])
        case .list(let column):
            "[" + (column.range(at: row) ?? 0..<0).map { value(column.elements, $0) }.joined(separator: ";")
                + "]"
        case .structure(let column):
            "{" + column.members.map { value($0.column, row) }.joined(separator: ";") + "}"
        case .foreign(let name, _): name
        case .null: "null"
        }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
