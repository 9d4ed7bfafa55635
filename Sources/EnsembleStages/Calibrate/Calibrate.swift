import Columns
import LabelledPredictions
import PackedRows
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// Sharpens or flattens predictions by a temperature, and by source.
package enum Calibrate: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0.05...20, "The temperature; null fits it, or takes it from 'calibration'.")
        var temperature: Double?

        @Setting("Whether sources with enough rows are calibrated separately.")
        var bySource = false

        @Setting(
            1...1_000_000_000, "With bySource: sources with fewer labeled rows use the common temperature.")
        var minimumRows = 50

        @Setting(
            0.001...1_000_000,
            "With bySource: the candidates for λ: the number of rows that the common temperature counts as in a source's fit."
        )
        var shrinkage: [Double] = [1, 3, 10, 30, 100, 300]

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard !shrinkage.isEmpty else { throw $shrinkage.problem("at least one candidate is needed") }
            guard !bySource || temperature == nil else {
                throw $bySource.problem("it fits the temperature too; remove 'temperature'")
            }
        }

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard temperature == nil || !inputs.contains("calibration") else {
                throw $temperature.problem("the input 'calibration' provides the temperature; remove one")
            }
            guard !bySource || !inputs.contains("calibration") else {
                throw $bySource.problem(
                    "the input 'calibration' determines which sources are calibrated; remove one")
            }
            guard temperature != nil || inputs.contains("calibration") || inputs.contains("rows") else {
                throw $temperature.problem(
                    "fitting it requires labeled rows: connect the input 'rows', or set a temperature")
            }
            guard !bySource || inputs.contains("folds") else {
                throw $bySource.problem("it requires the input 'folds'")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "calibrate",
        summary: "Divides the scores by a temperature, given or fitted, or fitted by source.",
        discussion: """
            p becomes p^(1/T), normalized, as if a model's scores had been divided by T before the softmax (Guo et \
            al., 2017). `temperature: 1.03` is what the competition's entry used. `temperature: null` fits T to the \
            labels of out-of-fold predictions; with `folds`, the reported `nestedLogLoss` is unbiased: each fold is \
            scored at a temperature fitted to the others. The `calibration` of such a stage can be connected to \
            another one, for the test set.

            **By source.** If sources differ, for example in how often there is a tie, one temperature fits none of \
            them. With `bySource`, a source with at least `minimumRows` labeled rows gets its own three numbers: the \
            factors of ½ ln(A/B) and of ln(tie/√(A·B)), and a constant that is added to the latter. They minimize the \
            log loss of its rows plus λ/2 · the squared distance from the common temperature; λ is chosen from \
            `shrinkage` by cross-validation, or no source is calibrated separately if that is better. Each fold is \
            predicted with a calibration fitted to the others, including the choice of λ, so the predictions are out \
            of fold again, and their log loss is `nestedLogLoss`. Rows of other sources use the common temperature. A \
            model never sees the source; here it is known for every row, as in a product that knows where a question \
            came from.
            """,
        inputs: [
            InputPort("predictions", "The predictions."),
            InputPort(
                "rows", .optional,
                "The packed table: labels, for fitting and for reporting losses; sources, for a calibration by source."
            ),
            InputPort("folds", .optional, "The folds, for the nested estimate."),
            InputPort("calibration", .optional, "The calibration fitted by another such stage, to apply it."),
        ],
        outputs: [
            OutputPort("predictions", "predictions.parquet", "The calibrated predictions."),
            OutputPort(
                "calibration", "calibration.json",
                "The temperature, and the scalings by source; the log loss before, after and, if fitted, nested."
            ),
        ],
        parameters: Parameters.self)

    /// Calibrates the predictions.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let predictions = try PredictionTable(context.input("predictions"))
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        let rows = try context.optionalInput("rows").map { try PackedTable.read($0) }
        let labelled = try rows.map { try LabelledPrediction.join(predictions, $0, folds) } ?? []
        let fitted = try fit(parameters, labelled, folds, rows, predictions, context)
        let whole = fitted.whole
        guard whole.sources.isEmpty || rows != nil else {
            throw StageFailure(
                "calibration: it is by source, so the input 'rows' is needed, the packed table with the sources"
            )
        }
        let sources = rows.map { sourceNames(of: predictions, $0) }
        var report = whole.fields
        if !labelled.isEmpty {
            let before =
                labelled.reduce(0.0) { $0 + $1.probabilities.logLoss($1.label) } / Double(labelled.count)
            let after =
                labelled.reduce(0.0) { sum, row in
                    let source = sources?[row.position]
                    return sum + whole.applied(to: row.probabilities, source: source).logLoss(row.label)
                } / Double(labelled.count)
            report["logLossBefore"] = .number(before)
            report["logLossAfter"] = .number(after)
            context.metric("logLossBefore", before)
            context.metric("logLoss", after)
        }
        for (name, loss) in fitted.losses {
            report[name] = .number(loss)
            context.metric(name, loss)
        }
        context.metric("temperature", whole.temperature)
        if let shrinkage = whole.shrinkage { context.metric("shrinkage", shrinkage) }
        if parameters.bySource { context.metric("sources", whole.sources.count) }
        let calibrated = predictions.probabilities.indices.map { position in
            let fold = fitted.byFold.isEmpty ? nil : folds?.folds[predictions.ids[position]]
            let calibration = fold.map { $0 == FoldTable.trainingOnly ? whole : fitted.byFold[$0] } ?? whole
            return calibration.applied(
                to: predictions.probabilities[position], source: sources?[position])
        }
        try PredictionTable(ids: predictions.ids, probabilities: calibrated, folds: predictions.folds)
            .write(to: context.output("predictions"))
        try JSONFile.write(.map(report), to: context.output("calibration"))
    }

    /// A calibration for all rows; by source, also one per fold that was fitted to the others; and nested losses.
    private struct Fitted {
        var whole: Calibration
        var byFold: [Calibration] = []
        var losses: [(name: String, loss: Double)] = []
    }

    private static func fit(
        _ parameters: Parameters, _ labelled: [LabelledPrediction], _ folds: FoldTable?, _ rows: PackedTable?,
        _ predictions: PredictionTable, _ context: StageContext
    ) throws -> Fitted {
        if let path = context.optionalInput("calibration") { return Fitted(whole: try Calibration(path)) }
        if let given = parameters.temperature { return Fitted(whole: Calibration(temperature: given)) }
        guard !labelled.isEmpty else {
            throw StageFailure("rows: fitting the temperature requires labeled rows, but none has a label")
        }
        let known = labelled.map { (probabilities: $0.probabilities, label: $0.label) }
        var fitted = Fitted(whole: Calibration(temperature: TemperatureFit.fit(known)))
        // With a single held-out part, there are no other folds to fit to.
        guard let folds, folds.count > 1 else {
            guard !parameters.bySource else {
                throw StageFailure(
                    "folds: calibrating by source requires labeled rows in at least three folds")
            }
            return fitted
        }
        let byTemperature = try nestedLoss(labelled, folds)
        guard parameters.bySource, let rows else {
            fitted.losses = [("nestedLogLoss", byTemperature)]
            return fitted
        }
        let sources = sourceNames(of: predictions, rows)
        var parts = [[SourceSelection.Row]](repeating: [], count: folds.count)
        for row in labelled {
            guard let fold = row.fold else { continue }
            parts[fold].append(
                SourceSelection.Row(
                    probabilities: row.probabilities, label: row.label, source: sources[row.position]))
        }
        guard parts.count(where: { !$0.isEmpty }) >= 3 else {
            throw StageFailure("folds: calibrating by source requires labeled rows in at least three folds")
        }
        let calibrations = SourceSelection(
            folds: parts, candidates: parameters.shrinkage, minimumRows: parameters.minimumRows
        ).all(threads: context.threads)
        fitted.byFold = Array(calibrations.dropLast())
        fitted.whole = calibrations[folds.count]
        let total = zip(fitted.byFold, parts).reduce(0) {
            $0 + SourceSelection.loss($1.0, $1.1) * Double($1.1.count)
        }
        fitted.losses = [
            ("nestedLogLoss", total / Double(labelled.count)), ("nestedLogLossOfTemperature", byTemperature),
        ]
        return fitted
    }

    /// The source of each predicted row; empty for a row that is not in the table.
    private static func sourceNames(of predictions: PredictionTable, _ table: PackedTable) -> [String] {
        var sources: TextMap<String> = [:]
        for row in 0..<table.count { sources[table.id[row] ?? ""] = table.source[row] ?? "" }
        return predictions.ids.map { sources[$0] ?? "" }
    }

    /// The loss with each fold's temperature fitted to the other folds.
    private static func nestedLoss(_ rows: [LabelledPrediction], _ folds: FoldTable) throws -> Double {
        var total = 0.0
        for fold in 0..<folds.count {
            let inside = rows.filter { $0.fold == fold }.map { ($0.probabilities, $0.label) }
            let outside = rows.filter { $0.fold != fold }.map { ($0.probabilities, $0.label) }
            total += TemperatureFit.loss(TemperatureFit.fit(outside), inside) * Double(inside.count)
        }
        return total / Double(rows.count)
    }
}
