import Columns
import LabelledPredictions
import PackedRows
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// Predicts with fold models, linear or boosted.
package enum Predict: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("Whether comparisons are shown in their original orientation, or with A and B exchanged.")
        var orientation = Orientation.normal

        package init() {}
    }

    enum Orientation: String, SettingChoice { case normal, swapped }

    /// The schema.
    package static let schema = StageSchema(
        name: "predict",
        summary:
            "Predicts with fold models: out of fold for training rows, and with their mean for other rows.",
        discussion: """
            The models are those of `train-linear` or `train-gradient-boosting`; the files identify their kind.

            With `folds`, each row is predicted only by the model that held out its fold: a row whose model has seen \
            it is an error, and rows that are never held out are not predicted. Without `folds`, the probabilities \
            of all models are averaged.

            `orientation: swapped` shows each comparison with A and B exchanged, and exchanges the answer back. So \
            does a table that was packed swapped: predictions always refer to the original A and B. If a comparison \
            has several rows, their predictions are averaged.

            A model that was trained with other models' predictions, or with tables of features, needs these for the \
            rows, in the same order.
            """,
        inputs: [
            InputPort("rows", "The packed table."),
            InputPort("model", .many, "One model, or one per fold."),
            InputPort(
                "folds", .optional,
                "The folds that the models were trained with, to predict their training rows."),
            InputPort(
                "predictions", .any,
                "The predictions of the models whose predictions these models were trained with."),
            InputPort(
                "features", .any, "The tables of features that these models were trained with, for the rows."),
        ],
        outputs: [
            OutputPort("predictions", "predictions.parquet", "P(A wins), P(B wins), P(tie), fold by id.")
        ],
        parameters: Parameters.self)

    /// Predicts.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PackedTable.read(context.input("rows"))
        let models = context.allInputs("model")
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        var sums = [Probabilities?](repeating: nil, count: table.count)
        var held = [Int?](repeating: nil, count: table.count)
        var predictor = FoldPredictor(
            table: table, isSwapped: parameters.orientation == .swapped, context: context,
            mustBeOutOfFold: folds != nil)
        for (index, input) in models.enumerated() {
            let model = try FoldModel(input.path, threads: context.threads)
            let rows = try rows(heldOut: model.heldOutFold, table, folds)
            for (row, mapped) in zip(rows, try predictor.probabilities(model, rows: rows)) {
                if folds != nil {
                    guard sums[row] == nil else {
                        throw StageFailure(
                            "two models held out the fold of '\(table.id[row] ?? "")'; connect one per fold")
                    }
                    held[row] = model.heldOutFold
                }
                let sum = sums[row] ?? Probabilities(a: 0, b: 0, tie: 0)
                sums[row] = Probabilities(a: sum.a + mapped.a, b: sum.b + mapped.b, tie: sum.tie + mapped.tie)
            }
            context.progress(index + 1, of: models.count, "models")
        }
        let probabilities = try sums.enumerated().map { row, sum -> Probabilities? in
            if sum == nil, folds?.folds[table.id[row] ?? ""] != FoldTable.trainingOnly {
                throw StageFailure(
                    "no model held out the fold of '\(table.id[row] ?? "")'; connect one per fold")
            }
            return sum?.normalized
        }
        let predictions = try table.byComparison(probabilities, folds: held)
        try predictions.write(to: context.output("predictions"))
        context.metric("rows", predictions.ids.count)
    }

    /// The rows that a model may predict: those of its held-out fold, or all if there are no folds.
    private static func rows(heldOut fold: Int?, _ table: PackedTable, _ folds: FoldTable?) throws -> [Int] {
        guard let folds else { return Array(0..<table.count) }
        guard let fold else {
            throw StageFailure(
                "a model was trained on all rows, so it cannot predict them; remove 'folds', or train with 'fold'"
            )
        }
        return try (0..<table.count).filter { row in
            guard let id = table.id[row], let own = folds.folds[id] else {
                throw StageFailure("the row '\(table.id[row] ?? "")' is not in 'folds'")
            }
            return own == fold
        }
    }
}
