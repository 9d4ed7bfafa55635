import Columns
import Files
import LanguageModels
import PackedRows
package import StageKit
package import StageSchemas
import TokenRows
import TrainingReports

/// Next-token training of a whole model.
package enum PretrainLanguageModel: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("Whether labeled rows are followed by their answer.")
        var answers = false

        @Setting(0...1e6, "The weight of the answer's loss, relative to 1 for the mean over the text.")
        var answerWeight = 1.0

        @Setting(0...0.9, "The share of rows held out to measure the loss.")
        var evaluationShare = 0.02

        @Setting(1e-12...10, "The maximum learning rate.")
        var learningRate = 3e-3

        @Setting(0...0.9999999, "The decay of the mean squared gradient.")
        var beta2 = 0.99

        @Setting(0...10, "The decoupled weight decay.")
        var weightDecay = 0.01

        @Setting(0...1, "The share of all steps during which the learning rate rises from 0.")
        var warmUpShare = 0.1

        @Setting(0.000001...10_000, "How often each row is seen.")
        var epochs = 1.0

        @Setting(1...1_000_000_000, "The maximum number of steps; null for all steps of the epochs.")
        var maximumSteps: Int?

        @Setting(1...65_536, "The number of rows per optimizer step.")
        var rowsPerStep = 16

        @Setting(1...1_048_576, "The number of tokens processed at a time.")
        var tokensPerPass = 4_096

        @Setting("The element type of the weights.")
        var precision = ModelFolder.Precision.float32

        @Setting("The random seed for the order of the rows.")
        var seed = 42

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "pretrain-language-model",
        summary:
            "Trains all weights of a small language model to predict the next token of the pipeline's own text.",
        discussion: """
            Each row of `rows` is a sequence: the tokens written by `pack`, including the template. The loss is the \
            mean cross entropy of every token but the first. Without `answers`, no labels are shown, so folds may \
            share the model. With `answers`, labeled rows end with their answer and the end token, whose loss has \
            the weight `answerWeight`: use only rows that are in no fold, or the scores of the folds become \
            meaningless.

            All parameters are trained in single precision, with AdamW (norms do not decay), gradients clipped to \
            norm 1, and a cosine schedule: memory use is four times that of the weights. This is meant for models \
            from `create-model`; large models come pretrained.

            The last `evaluationShare` of the rows are not used for training; their loss is reported.
            """,
        inputs: [
            InputPort("model", "A checkpoint folder in single or half precision."),
            InputPort("rows", .many, "Packed tables with tokens."),
        ],
        outputs: [
            OutputPort("model", "model", isDirectory: true, "The trained checkpoint folder."),
            OutputPort(
                "losses", "losses.parquet",
                "Per step: epoch, tokens, learning rate, gradient norm, loss, held-out loss."),
            OutputPort("curve", "losses.svg", "The losses as a chart."),
        ],
        parameters: Parameters.self)

    /// Trains the model, and writes the folder.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let folder = try ModelFolder(context.input("model"))
        var examples = try examples(folder, parameters, context)
        let kept = examples.count - Int(parameters.evaluationShare * Double(examples.count))
        let evaluation = Array(examples[kept...])
        examples.removeLast(examples.count - kept)
        let decoder = Decoder(training: folder.configuration, threads: context.threads)
        let trainer = try Trainer(
            parameters.training(evaluates: !evaluation.isEmpty), decoder: decoder, examples: examples,
            evaluationExamples: evaluation)
        let state = try ResumedTraining(trainer: trainer, context: context).run {
            trainer.initialState(
                from: try ModelCheckpoint.parameters(
                    folder.path, folder.configuration, layout: decoder.layout))
        }
        let output = try context.output("model")
        try FileSystem.makeDirectory(output)
        try ModelCheckpoint.write(
            folder.configuration, state.parameters, type: parameters.precision.elementType,
            from: folder.path, to: output)
        try folder.copyCompanions(to: output)
        try LossTable.write(
            state, stepsPerEpoch: Double(examples.count) / Double(parameters.rowsPerStep),
            to: context.output("losses"))
        try LossCurve.write(state, heldOut: "held-out loss", to: context.output("curve"))
        report(state, examples, decoder.layout.count, context)
    }

    /// One sequence per row; every token but the first is a target.
    private static func examples(
        _ folder: ModelFolder, _ parameters: Parameters, _ context: StageContext
    ) throws -> [TrainingExample] {
        var examples: [TrainingExample] = []
        for input in context.allInputs("rows") {
            let rows = try LanguageRows(
                PackedTable.read(input.path), port: "rows", for: folder.configuration)
            for row in 0..<rows.count {
                let example = example(rows, row, parameters)
                if !example.sequences[0].targets.isEmpty { examples.append(example) }
            }
        }
        guard examples.count > 1 else {
            throw StageFailure("rows: there are fewer than two rows to train on")
        }
        return examples
    }

    private static func example(
        _ rows: LanguageRows, _ row: Int, _ parameters: Parameters
    ) -> TrainingExample {
        var tokens = rows.prompt(row)
        // The trainer's loss is a mean over targets: the text has many, and the answer one or two.
        let answerWeight = parameters.answers ? parameters.answerWeight : 0
        var weights = Array(repeating: 1 / (1 + answerWeight), count: tokens.count - 1)
        if answerWeight > 0, let label = rows.table.label(row) {
            let answer = [rows.answers[label.answer]] + (rows.end.map { [$0] } ?? [])
            let share = answerWeight / (1 + answerWeight) * Double(weights.count) / Double(answer.count)
            tokens += answer
            weights += answer.map { _ in share }
        }
        let targets = weights.indices.map { place in
            Target(position: place, weight: weights[place], kind: .token(tokens[place + 1]))
        }
        return TrainingExample([TrainingExample.Sequence(tokens: tokens, targets: targets)])
    }

    private static func report(
        _ state: TrainingState, _ examples: [TrainingExample], _ count: Int, _ context: StageContext
    ) {
        let last = state.steps.suffix(max(1, state.step / 10))
        context.metric("rows", examples.count)
        context.metric("tokensPerEpoch", examples.reduce(0) { $0 + $1.tokenCount })
        context.metric("trainedNumbers", count)
        context.metric("steps", state.step)
        context.metric("trainingLoss", last.reduce(0) { $0 + $1.loss } / Double(max(1, last.count)))
        if let evaluation = state.evaluations.last { context.metric("heldOutLoss", evaluation.loss) }
    }
}

extension PretrainLanguageModel.Parameters {
    fileprivate func training(evaluates: Bool) -> TrainingOptions {
        let optimizer = OptimizerOptions(
            learningRate: learningRate, beta2: beta2, weightDecay: weightDecay,
            schedule: LearningRateSchedule(.cosine(), warmUp: .ratio(warmUpShare)))
        return TrainingOptions(
            seed: UInt64(bitPattern: Int64(seed)), epochs: epochs, examplesPerStep: rowsPerStep,
            tokensPerPass: tokensPerPass, maximumSteps: maximumSteps, optimizer: optimizer,
            stepsPerEvaluation: evaluates ? Int.max : nil, keepsBest: false)
    }
}
