import Columns
import Comparisons

/// Copies of rows with exchanged sides, and how to find their originals.
///
/// The copy's id is the original's id plus `~swapped`. To put both orientations side by side, for example in one
/// optimizer step, compare ``original(of:)``: rows with the same original belong together. This works for packed rows
/// too, which keep their ids. A copy has the same set of strings as its original, so every rule of `split` keeps both
/// in one fold.
enum SwappedCopy: Sendable {
    /// The suffix of a copy's id.
    static let suffix = "~swapped"

    /// The id of a row's copy.
    static func id(of original: String) -> String { original + suffix }

    /// Whether an id is that of a copy.
    static func isCopy(_ id: String) -> Bool {
        id.utf8.count > suffix.utf8.count && id.hasSuffix(suffix)
    }

    /// The id of the row that a row is a copy of; its own id if it is not a copy.
    static func original(of id: String) -> String {
        isCopy(id) ? String(id.dropLast(suffix.count)) : id
    }
}

extension ComparisonTable {
    /// Copies of some rows with exchanged sides (responses, model names and labels), with ids from ``SwappedCopy``.
    func swappedCopies(of rows: [Int]) throws(ColumnsError) -> Table {
        let chosen = table.selecting(rows: rows)
        var columns: [(String, Column)] = []
        for name in chosen.schema.names {
            let partner =
                switch name {
                case "model_a": "model_b"
                case "model_b": "model_a"
                case "response_a": "response_b"
                case "response_b": "response_a"
                default: name
                }
            guard let column = chosen[partner] else {
                throw ColumnsError("there is no column '\(partner)'")
            }
            switch name {
            case "id": columns.append((name, .string(StringColumn(rows.map { id[$0].map(SwappedCopy.id) }))))
            case "label":
                columns.append((name, .string(StringColumn(rows.map { label($0)?.swapped.rawValue }))))
            default: columns.append((name, column))
            }
        }
        return try Table(columns)
    }
}
