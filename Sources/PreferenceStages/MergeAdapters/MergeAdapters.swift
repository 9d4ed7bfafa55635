import LanguageModels
public import StageKit
public import StageSchemas

/// The mean of adapters.
public enum MergeAdapters: StageKind {
    /// What it can be told: nothing.
    public struct Parameters: Decodable, Sendable {}

    /// What the kind is called, reads and writes.
    public static let schema = StageSchema(
        name: "merge-adapters", summary: "Averages adapters of one base model into one.",
        discussion: """
            Adapters of one base model and one shape, such as those of several folds, become one: the mean of their numbers, matrix \
            by matrix, and of their heads. (The product of mean matrices is not the mean of the products; the winners of the \
            competition averaged matrices, and so does this.) Where the adapters held different folds out, the result is of no \
            fold: it has seen every row.
            """,
        inputs: [
            InputPort("model", "The adapters' base model, quantised or not."),
            InputPort("adapter", .many, "The adapters."),
        ],
        outputs: [OutputPort("adapter", "adapter", isDirectory: true, "The mean, in PEFT's layout.")],
        parameters: [])

    /// Averages.
    public static func run(_ parameters: Parameters, in context: StageContext) throws {
        let folder = try ModelFolder(context.input("model"))
        let adapters = try context.allInputs("adapter").map {
            try TrainedAdapter($0.path, for: folder.configuration)
        }
        let mean = try AdapterFolder.mean(adapters.map(\.folder))
        let folds = Set(adapters.map(\.heldOutFold))
        guard Set(adapters.map(\.answers)).count == 1, let first = adapters.first else {
            throw StageFailure("adapter: the adapters were trained with different answers")
        }
        try TrainedAdapter(
            mean, heldOutFold: folds.count == 1 ? first.heldOutFold : nil, answers: first.answers
        ).write(to: context.output("adapter"))
        context.metric("adapters", adapters.count)
    }
}
