import Columns
import Files
import JSON
import LabelledPredictions
import PackedRows
import Predictions
package import StageKit
package import StageSchemas

/// Sharpens or flattens predictions by a temperature.
package enum Calibrate: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0.05...20, "The temperature; null fits it, or takes it from 'calibration'.")
        var temperature: Double?

        package init() {}

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard temperature == nil || !inputs.contains("calibration") else {
                throw $temperature.problem("the input 'calibration' provides the temperature; remove one")
            }
            guard temperature != nil || inputs.contains("calibration") || inputs.contains("rows") else {
                throw $temperature.problem(
                    "fitting it requires labeled rows: connect the input 'rows', or set a temperature")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "calibrate", summary: "Divides the scores by a temperature, given or fitted.",
        discussion: """
            p becomes p^(1/T), normalized, as if a model's scores had been divided by T before the softmax (Guo et \
            al., 2017). `temperature: 1.03` is what the competition's entry used. `temperature: null` fits T to the \
            labels of out-of-fold predictions; with `folds`, the reported `nestedLogLoss` is unbiased: each fold is \
            scored at a temperature fitted to the others. The `calibration` of such a stage can be connected to \
            another one, for the test set.
            """,
        inputs: [
            InputPort("predictions", "The predictions."),
            InputPort(
                "rows", .optional, "The packed table with labels, for fitting and for reporting losses."),
            InputPort("folds", .optional, "The folds, for the nested estimate."),
            InputPort("calibration", .optional, "The fitted temperature of another calibrate stage."),
        ],
        outputs: [
            OutputPort("predictions", "predictions.parquet", "The calibrated predictions."),
            OutputPort(
                "calibration", "calibration.json",
                "The temperature; the log loss before, after and, if fitted, nested."),
        ],
        parameters: Parameters.self)

    /// Calibrates the predictions.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let predictions = try PredictionTable(context.input("predictions"))
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        let rows = try context.optionalInput("rows").map { try PackedTable.read($0) }
        let labelled = try rows.map { try LabelledPrediction.join(predictions, $0, folds) } ?? []
        let known = labelled.map { (probabilities: $0.probabilities, label: $0.label) }
        var report: [String: Value] = [:]
        let temperature: Double
        if let path = context.optionalInput("calibration") {
            temperature = try read(path)
        } else if let given = parameters.temperature {
            temperature = given
        } else {
            guard !known.isEmpty else {
                throw StageFailure(
                    "rows: fitting the temperature requires labeled rows, but none has a label")
            }
            temperature = TemperatureFit.fit(known)
            // With a single held-out part, there are no other folds to fit to.
            if let folds, folds.count > 1 {
                let nested = try nestedLoss(labelled, folds)
                report["nestedLogLoss"] = .number(nested)
                context.metric("nestedLogLoss", nested)
            }
        }
        if !known.isEmpty {
            report["logLossBefore"] = .number(TemperatureFit.loss(1, known))
            report["logLossAfter"] = .number(TemperatureFit.loss(temperature, known))
            context.metric("logLossBefore", TemperatureFit.loss(1, known))
            context.metric("logLoss", TemperatureFit.loss(temperature, known))
        }
        report["temperature"] = .number(temperature)
        context.metric("temperature", temperature)
        try PredictionTable(
            ids: predictions.ids,
            probabilities: predictions.probabilities.map { TemperatureFit.applied(temperature, to: $0) },
            folds: predictions.folds
        ).write(to: context.output("predictions"))
        try JSONFile.write(.map(report), to: context.output("calibration"))
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

    private static func read(_ path: FilePath) throws -> Double {
        struct File: Decodable { let temperature: Double }
        let bytes = try FileContents.read(path, limit: 1 << 20)
        guard let file = try? JSONRecord.decode(File.self, from: bytes),
            (0.05...20).contains(file.temperature)
        else { throw StageFailure("the input 'calibration' contains no temperature") }
        return file.temperature
    }
}
