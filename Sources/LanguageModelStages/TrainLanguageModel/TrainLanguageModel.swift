import DeviceSettings
import Files
import LanguageModels
import PackedRows
import Predictions
package import StageKit
import StageSchemas
import Texts
import TokenRows
import TrainingReports
import TrainingTargets

/// Fine-tunes a language model on comparisons.
package enum TrainLanguageModel: StageKind {
    /// Trains.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let folder = try ModelFolder(context.input("model"))
        let configuration = folder.configuration
        let rows = try LanguageRows(
            PackedTable.read(context.input("rows")), port: "rows", for: configuration)
        let examples = try examples(rows, folder, parameters, context)
        let start = try context.optionalInput("adapter").map { try TrainedAdapter($0, for: configuration) }
        if let start, (start.folder.adapter.classCount != nil) != (parameters.answer.head == .classes) {
            throw StageFailure("adapter: its head is not the one given by the parameter 'head'")
        }
        var adapter = start?.folder.adapter ?? parameters.newAdapter(for: configuration)
        adapter.dropout = parameters.adapter.dropout
        let operations = try parameters.computation.device.operations(context)
        var decoder = try Decoder(
            configuration, weights: DecoderWeights(checkpoint: folder.path, configuration, on: operations),
            adapter: adapter, threads: context.threads, on: operations)
        decoder.products = parameters.computation.precision
        let trainer = try Trainer(
            parameters.training(evaluates: !examples.evaluation.isEmpty), decoder: decoder,
            examples: examples.training, evaluationExamples: examples.evaluation)
        let state = try ResumedTraining(trainer: trainer, context: context).run {
            trainer.initialState(from: start?.folder.parameters)
        }
        try TrainedAdapter(
            AdapterFolder(adapter, state.result(keepsBest: trainer.options.keepsBest)),
            heldOutFold: parameters.fold, answers: rows.answers
        ).write(to: context.output("adapter"))
        try LossTable.write(
            state, stepsPerEpoch: Double(examples.training.count) / Double(parameters.course.rowsPerStep),
            to: context.output("losses"))
        try LossCurve.write(state, heldOut: "held-out log loss", to: context.output("curve"))
        try TrainingReport(examples, state, parameterCount: decoder.layout.count).write(context)
    }

    private static func examples(
        _ rows: LanguageRows, _ folder: ModelFolder, _ parameters: Parameters, _ context: StageContext
    ) throws -> ExampleBuilder.Examples {
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        if let fold = parameters.fold, let folds, fold >= folds.count {
            throw StageFailure("there is no fold \(fold): the folds are 0 to \(folds.count - 1)")
        }
        let swapped = try context.optionalInput("swapped").map { path in
            let other = try LanguageRows(
                PackedTable.read(path), port: "swapped", for: folder.configuration)
            guard other.answers == rows.answers && other.end == rows.end || other.count == 0 else {
                throw StageFailure(
                    "swapped: its answers differ from those of 'rows'; pack both with the same template")
            }
            return (rows: other, places: try rows.counterparts(in: other, port: "swapped"))
        }
        var teacher: TextMap<Probabilities> = [:]
        for input in context.allInputs("targets") {
            let table = try PredictionTable(input.path)
            for (id, row) in zip(table.ids, table.probabilities) where teacher[id] == nil {
                teacher[id] = row
            }
        }
        let builder = ExampleBuilder(
            rows: rows, swapped: swapped, loss: try parameters.lossOptions(rows), teacher: teacher,
            teacherWeight: parameters.soft.targetWeight)
        var examples = try builder.examples(fold: parameters.fold, folds: folds)
        guard !examples.training.isEmpty else {
            throw StageFailure("rows: there are no rows with a label or a soft target to train on")
        }
        if let limit = parameters.course.evaluationRows {
            examples.evaluation = Array(examples.evaluation.prefix(limit))
        }
        return examples
    }
}
