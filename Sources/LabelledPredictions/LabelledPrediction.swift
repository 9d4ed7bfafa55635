import Columns
package import Comparisons
package import PackedRows
package import Predictions
import StageKit
import Texts

/// A prediction for a labeled row.
package struct LabelledPrediction: Sendable {
    /// Its index in the predictions.
    package let position: Int
    package let probabilities: Probabilities
    package let label: ComparisonLabel
    /// The row's fold, if there are folds.
    package let fold: Int?

    /// The predictions for a packed table's labeled rows, in order, without rows that are never held out; throws if a
    /// row is not in the table or not in the folds.
    package static func join(
        _ predictions: PredictionTable, _ table: PackedTable, _ folds: FoldTable?
    ) throws -> [LabelledPrediction] {
        var positions: TextMap<Int> = [:]
        for row in 0..<table.count { positions[table.id[row] ?? ""] = row }
        return try predictions.ids.enumerated().compactMap { position, id in
            guard let row = positions[id] else {
                throw StageFailure("the predicted row '\(id)' is not in 'rows'")
            }
            guard let label = table.originalLabel(row) else { return nil }
            let fold = folds?.folds[id]
            guard folds == nil || fold != nil else { throw StageFailure("the row '\(id)' is not in 'folds'") }
            if fold == FoldTable.trainingOnly { return nil }
            return LabelledPrediction(
                position: position, probabilities: predictions.probabilities[position], label: label,
                fold: fold)
        }
    }
}
