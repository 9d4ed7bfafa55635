import Columns
package import Comparisons
package import PackedRows
package import Predictions
import StageKit

/// A prediction of a row whose label is known.
package struct LabelledPrediction: Sendable {
    /// Where it stands in the predictions.
    package let position: Int
    package let probabilities: Probabilities
    package let label: ComparisonLabel
    /// The row's fold, where there are folds.
    package let fold: Int?

    /// The predictions of a packed table's labelled rows, in their order, without those that are never held out; fails where a
    /// row is not in the table or not in the folds.
    package static func join(
        _ predictions: PredictionTable, _ table: PackedTable, _ folds: FoldTable?
    ) throws -> [LabelledPrediction] {
        var positions: [String: Int] = [:]
        for row in 0..<table.count { positions[table.id[row] ?? ""] = row }
        return try predictions.ids.enumerated().compactMap { position, id in
            guard let row = positions[id] else {
                throw StageFailure("the predicted row '\(id)' is not in 'rows'")
            }
            guard let label = table.originalLabel(row) else { return nil }
            let fold = folds?.folds[id]
            guard folds == nil || fold != nil else { throw StageFailure("the row '\(id)' is in no fold") }
            if fold == FoldTable.trainingOnly { return nil }
            return LabelledPrediction(
                position: position, probabilities: predictions.probabilities[position], label: label,
                fold: fold)
        }
    }
}
