import Columns
package import PackedRows
package import Predictions
package import StageKit
import Texts

/// Other models' predictions for rows: the input `predictions`.
package struct MemberPredictions: Sendable {
    /// Per model, its probabilities in the order of the rows, with A and B as shown there.
    package let probabilities: [[Probabilities]]

    /// The predictions for the rows of a table.
    ///
    /// - Parameters:
    ///   - mustBeOutOfFold: whether every row must have been predicted by models that held out its fold; otherwise, a
    ///     model that learns from the predictions would learn how well other models memorize.
    package init(
        _ context: StageContext, _ table: PackedTable, rows: [Int], mustBeOutOfFold: Bool
    ) throws {
        let inputs = context.allInputs("predictions")
        guard !inputs.isEmpty else {
            probabilities = []
            return
        }
        var folds: FoldTable?
        if mustBeOutOfFold {
            guard let path = context.optionalInput("folds") else {
                throw StageFailure(
                    "the input 'predictions' requires the input 'folds', because predictions must be out of fold"
                )
            }
            folds = try FoldTable(path)
        }
        probabilities = try inputs.enumerated().map { number, input in
            let predictions = try PredictionTable(input.path)
            let positions = predictions.positions
            return try rows.map { row in
                let id = table.id[row] ?? ""
                guard let position = positions[id] else {
                    throw StageFailure("the row '\(id)' is not in predictions \(number + 1)")
                }
                if let folds, folds.folds[id] == nil || predictions.folds[position] != folds.folds[id] {
                    throw StageFailure(
                        "predictions \(number + 1): the row '\(id)' is not predicted out of fold; it must be predicted "
                            + "by a model that held out fold \(folds.folds[id].map(String.init) ?? "?")")
                }
                let probabilities = predictions.probabilities[position]
                return table.swapped.values[row] ? probabilities.swapped : probabilities
            }
        }
    }
}
