import Columns
package import Files
import StageKit
package import Texts

/// Predictions by id: the table `id, a, b, tie, fold`.
///
/// `fold` is the fold that was held out by every model that contributed to the row, or null if there is none, so a
/// stage that trains on predictions can check that they are out of fold. If the column is missing, it counts as null.
package struct PredictionTable: Sendable, Hashable {
    /// The ids, in row order.
    package let ids: [String]
    /// The probabilities, in the same order.
    package let probabilities: [Probabilities]
    /// The fold held out for each row, in the same order; nil if some model may have seen the row.
    package let folds: [Int?]

    /// A table from its parts, which have the same length; without folds, no row is out of fold.
    package init(ids: [String], probabilities: [Probabilities], folds: [Int?]? = nil) {
        let folds = folds ?? Array(repeating: nil, count: ids.count)
        precondition(
            ids.count == probabilities.count && ids.count == folds.count, "every row has a prediction")
        self.ids = ids
        self.probabilities = probabilities
        self.folds = folds
    }

    /// Reads a table, and checks that every row is a distribution and every id is unique.
    package init(_ path: FilePath) throws {
        let table = try Table.read(path)
        let ids = try table.strings("id")
        let a = try table.completeFloats("a")
        let b = try table.completeFloats("b")
        let tie = try table.completeFloats("tie")
        let fold = table["fold"] == nil ? nil : try table.integers("fold")
        var seen = TextSet()
        var names: [String] = []
        var rows: [Probabilities] = []
        for row in 0..<table.rowCount {
            guard let id = ids[row], seen.insert(id) else {
                throw StageFailure("predictions: row \(row + 1) has no id, or a duplicate id")
            }
            let probabilities = Probabilities(a: a.values[row], b: b.values[row], tie: tie.values[row])
            let sum = probabilities.a + probabilities.b + probabilities.tie
            guard abs(sum - 1) < 1e-6, min(probabilities.a, probabilities.b, probabilities.tie) >= 0 else {
                throw StageFailure("predictions: the row '\(id)' is not a distribution: it sums to \(sum)")
            }
            names.append(id)
            rows.append(probabilities)
        }
        self.init(
            ids: names, probabilities: rows,
            folds: (0..<names.count).map { row in fold?[row].map { Int($0) } })
    }

    /// Writes the table as Parquet.
    package func write(to path: FilePath) throws {
        let table = try Table([
            ("id", .string(StringColumn(ids))),
            ("a", .floating(FloatingColumn(probabilities.map(\.a)))),
            ("b", .floating(FloatingColumn(probabilities.map(\.b)))),
            ("tie", .floating(FloatingColumn(probabilities.map(\.tie)))),
            ("fold", .integer(IntegerColumn(folds.map { $0.map { Int64($0) } }))),
        ])
        try table.write(to: path)
    }

    /// The index of each id.
    package var positions: TextMap<Int> {
        TextMap(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    }
}
