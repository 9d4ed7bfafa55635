import Columns
package import PackedRows
package import Predictions
package import StageKit

/// What other models say of rows: the input `predictions`.
package struct MemberPredictions: Sendable {
    /// Per model, its probabilities in the order of the rows, with A and B as they are shown there.
    package let probabilities: [[Probabilities]]

    /// The predictions for rows of a table.
    ///
    /// - Parameters:
    ///   - mustBeOutOfFold: every row must have been predicted by models that held its fold out; else a model that learns from
    ///     the predictions would learn how well others remember.
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
                    "the input 'predictions' needs the input 'folds': they must be out-of-fold")
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
                        "predictions \(number + 1): that of the row '\(id)' is not out-of-fold; it must come "
                            + "from a model that held fold \(folds.folds[id].map(String.init) ?? "?") out")
                }
                let probabilities = predictions.probabilities[position]
                return table.swapped.values[row] ? probabilities.swapped : probabilities
            }
        }
    }
}
