import Columns
public import Files
import StageKit

/// Predictions by id: the table `id, a, b, tie`.
public struct PredictionTable: Sendable {
    /// The ids, in the rows' order.
    public let ids: [String]
    /// The probabilities, in the same order.
    public let probabilities: [Probabilities]

    /// A table of its parts, equally long.
    public init(ids: [String], probabilities: [Probabilities]) {
        precondition(ids.count == probabilities.count, "every row has a prediction")
        self.ids = ids
        self.probabilities = probabilities
    }

    /// Reads a table, and checks that every row is a distribution and every id is there once.
    public init(_ path: FilePath) throws {
        let table = try Table.read(path)
        let ids = try table.strings("id")
        let a = try table.floats("a")
        let b = try table.floats("b")
        let tie = try table.floats("tie")
        var seen: Set<String> = []
        var names: [String] = []
        var rows: [Probabilities] = []
        for row in 0..<table.rowCount {
            guard let id = ids[row], seen.insert(id).inserted else {
                throw StageFailure("predictions: row \(row + 1) has no id, or one that stands already")
            }
            let probabilities = Probabilities(a: a.values[row], b: b.values[row], tie: tie.values[row])
            let sum = probabilities.a + probabilities.b + probabilities.tie
            guard abs(sum - 1) < 1e-6, min(probabilities.a, probabilities.b, probabilities.tie) >= 0 else {
                throw StageFailure("predictions: the row '\(id)' is no distribution: it sums to \(sum)")
            }
            names.append(id)
            rows.append(probabilities)
        }
        self.init(ids: names, probabilities: rows)
    }

    /// Writes the table as Parquet.
    public func write(to path: FilePath) throws {
        let table = try Table([
            ("id", .string(StringColumn(ids))),
            ("a", .floating(FloatingColumn(probabilities.map(\.a)))),
            ("b", .floating(FloatingColumn(probabilities.map(\.b)))),
            ("tie", .floating(FloatingColumn(probabilities.map(\.tie)))),
        ])
        try table.write(to: path)
    }

    /// The positions of ids.
    public var positions: [String: Int] {
        Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    }
}
