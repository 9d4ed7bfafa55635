import Columns
public import StageKit
public import StageSchemas

/// Predictions of linear models.
public enum Predict: StageKind {
    /// What it can be told.
    public struct Parameters: Decodable, Sendable {
        let orientation: Orientation
    }

    enum Orientation: String, Decodable, Sendable { case normal, swapped }

    /// What the kind is called, reads and writes.
    public static let schema = StageSchema(
        name: "predict",
        summary: "Predicts with fold models: out-of-fold for training rows, their mean for others.",
        discussion: """
            With `folds`, each row is predicted by the model that held its fold out, and by no other: a row whose model \
            has seen it is an error, and rows that are never held out are not predicted. Without, the probabilities of \
            all models are averaged.

            `orientation: swapped` shows each comparison with A and B exchanged and exchanges the answer back. So does \
            a table that was packed swapped: predictions are always those of the data's A and B. Where a comparison has \
            several rows, their predictions are averaged.
            """,
        inputs: [
            InputPort("rows", "The packed table."),
            InputPort("model", .many, "One model, or one per fold."),
            InputPort("folds", .optional, "The folds that the models were trained with, for their own rows."),
        ],
        outputs: [OutputPort("predictions", "predictions.parquet", "P(A wins), P(B wins), P(tie) by id.")],
        parameters: [
            Parameter(
                "orientation", .choice(["normal", "swapped"]), default: "normal",
                "Whether A and B are shown as they are or exchanged.")
        ])

    /// Predicts.
    public static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PackedTable.read(context.input("rows"))
        let models = try context.allInputs("model").map { try LinearModelFile.read($0.path) }
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        var sums = [Probabilities?](repeating: nil, count: table.count)
        var counted: (options: TermCounter.Options, rows: [Int], features: ComparisonFeatures)?
        for (index, model) in models.enumerated() {
            let rows = try rows(for: model, table, folds)
            // Models of one kind see the same features, when they see the same rows.
            if counted?.options != model.options || counted?.rows != rows {
                let features = try ComparisonFeatures(
                    of: table, rows: rows, options: model.options, threads: context.threads)
                counted = (model.options, rows, features)
            }
            guard let features = counted?.features else { preconditionFailure("the features are counted") }
            let design = try LinearDesign(features, model.scaling, threads: context.threads)
            let shown = parameters.orientation == .swapped ? design.swapped : design
            for (row, probabilities) in zip(rows, model.probabilities(shown)) {
                let mapped = parameters.orientation == .swapped ? probabilities.swapped : probabilities
                if folds != nil, sums[row] != nil {
                    throw StageFailure(
                        "two models held the fold of '\(table.id[row] ?? "")' out; give one per fold")
                }
                let sum = sums[row] ?? Probabilities(a: 0, b: 0, tie: 0)
                sums[row] = Probabilities(a: sum.a + mapped.a, b: sum.b + mapped.b, tie: sum.tie + mapped.tie)
            }
            context.progress(index + 1, of: models.count, "models")
        }
        let probabilities = try sums.enumerated().map { row, sum -> Probabilities? in
            if sum == nil, folds?.folds[table.id[row] ?? ""] != FoldTable.trainingOnly {
                throw StageFailure(
                    "no model held the fold of '\(table.id[row] ?? "")' out; give one per fold")
            }
            return sum?.normalized
        }
        let predictions = try table.byComparison(probabilities)
        try predictions.write(to: context.output("predictions"))
        context.metric("rows", predictions.ids.count)
    }

    /// The rows that a model may predict: those of its fold, or all where there are no folds.
    private static func rows(for model: LinearModel, _ table: PackedTable, _ folds: FoldTable?) throws
        -> [Int]
    {
        guard let folds else { return Array(0..<table.count) }
        guard let fold = model.heldOutFold else {
            throw StageFailure(
                "a model was trained on all rows, so it cannot predict them; leave 'folds' away, or train with 'fold'"
            )
        }
        return try (0..<table.count).filter { row in
            guard let id = table.id[row], let own = folds.folds[id] else {
                throw StageFailure("the row '\(table.id[row] ?? "")' is in no fold")
            }
            return own == fold
        }
    }
}
