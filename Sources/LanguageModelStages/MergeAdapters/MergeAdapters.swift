import Files
import LanguageModels
package import StageKit
package import StageSchemas

/// Averages adapters, and optionally merges the result into a model's weights.
package enum MergeAdapters: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("Whether the result is an adapter, or a model with the adapter merged into its weights.")
        var into = Result.adapter

        @Setting("The element type of a merged model's weights.")
        var precision = ModelFolder.Precision.bfloat16

        package init() {}
    }

    enum Result: String, SettingChoice { case adapter, model }

    /// The schema.
    package static let schema = StageSchema(
        name: "merge-adapters",
        summary: "Averages adapters of a base model, and optionally merges them into its weights.",
        discussion: """
            Adapters of the same base model and shape, such as those of several folds, become one: the mean of their \
            parameters, matrix by matrix, and of their heads. (The product of mean matrices is not the mean of the \
            products; the winners of the competition averaged matrices, and so does this.) If the adapters held out \
            different folds, the result belongs to no fold: it has seen every row.

            With `into: model`, the mean is added to the weights of `model`, W + (alpha ÷ rank) B A, and the result \
            is a checkpoint folder that needs no adapter; it can be quantized again. The weights of a quantized \
            model are dequantized first.
            """,
        inputs: [
            InputPort("model", "The base model of the adapters, quantized or not."),
            InputPort("adapter", .many, "The adapters."),
        ],
        outputs: [
            OutputPort(
                "merged", "merged", isDirectory: true, "An adapter in PEFT's layout, or a checkpoint folder.")
        ],
        parameters: Parameters.self)

    /// Averages and merges.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let folder = try ModelFolder(context.input("model"))
        let adapters = try context.allInputs("adapter").map {
            try TrainedAdapter($0.path, for: folder.configuration)
        }
        guard Set(adapters.map(\.answers)).count == 1, let first = adapters.first else {
            throw StageFailure("adapter: the adapters were trained with different answers")
        }
        let mean = try AdapterFolder.mean(adapters.map(\.folder))
        let folds = Set(adapters.map(\.heldOutFold))
        let output = try context.output("merged")
        switch parameters.into {
        case .adapter:
            try TrainedAdapter(
                mean, heldOutFold: folds.count == 1 ? first.heldOutFold : nil, answers: first.answers
            ).write(to: output)
        case .model:
            try FileSystem.makeDirectory(output)
            try MergedCheckpoint.write(
                mean, into: folder.path, to: output, type: parameters.precision.elementType,
                threads: context.threads
            ) { context.progress($0, of: $1, "tensors") }
            try folder.copyCompanions(to: output)
        }
        context.metric("adapters", adapters.count)
    }
}
