import Columns
import Comparisons

/// A row's copy with its two sides exchanged, and how one finds the two together again.
///
/// The copy's id is the original's with `~swapped` behind it. Whoever reads rows (packed ones too, which keep their ids) and wants
/// both orientations side by side, say in one optimizer step, asks ``original(of:)``: rows with the same original belong
/// together. A copy has the same set of strings as its original, so that every rule of `split` keeps both in one fold.
enum SwappedCopy: Sendable {
    /// What a copy's id ends with.
    static let suffix = "~swapped"

    /// The id of a row's copy.
    static func id(of original: String) -> String { original + suffix }

    /// True for the id of a copy.
    static func isCopy(_ id: String) -> Bool {
        id.utf8.count > suffix.utf8.count && id.hasSuffix(suffix)
    }

    /// The id of the row that a row is a copy of; its own where it is none.
    static func original(of id: String) -> String {
        isCopy(id) ? String(id.dropLast(suffix.count)) : id
    }
}

extension ComparisonTable {
    /// Some rows' copies with exchanged sides: responses, models' names and labels; with ids of ``SwappedCopy``.
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
