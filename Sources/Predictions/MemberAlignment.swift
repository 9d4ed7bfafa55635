import StageKit
import Texts

/// Several prediction tables aligned to the rows of the first.
package struct MemberAlignment: Sendable {
    package let ids: [String]
    /// Each member's probabilities, per row.
    package let rows: [[Probabilities]]
    /// The fold that all members held out, per row; nil if they disagree.
    package let folds: [Int?]

    /// Aligns tables that all have the same ids.
    package static func complete(_ tables: [PredictionTable]) throws -> MemberAlignment {
        let partial = try partial(tables)
        let rows = try zip(partial.ids, partial.rows).map { id, members in
            let present = members.compactMap { $0 }
            guard present.count == tables.count else {
                throw StageFailure("the row '\(id)' is missing from one of the predictions")
            }
            return present
        }
        return MemberAlignment(ids: partial.ids, rows: rows, folds: partial.folds)
    }

    /// Aligns tables of which all but the first may lack rows, but none has rows that the first lacks.
    package static func partial(
        _ tables: [PredictionTable]
    ) throws -> (ids: [String], rows: [[Probabilities?]], folds: [Int?]) {
        guard let first = tables.first else { throw StageFailure("there are no predictions") }
        let positions = first.positions
        var rows = first.probabilities.map { [Optional($0)] }
        var folds = first.folds
        for table in tables.dropFirst() {
            var column = [Probabilities?](repeating: nil, count: rows.count)
            for (index, id) in table.ids.enumerated() {
                guard let position = positions[id] else {
                    throw StageFailure("the row '\(id)' is in one of the predictions, but not in the first")
                }
                column[position] = table.probabilities[index]
                if folds[position] != table.folds[index] { folds[position] = nil }
            }
            for index in rows.indices { rows[index].append(column[index]) }
        }
        return (first.ids, rows, folds)
    }
}
