/// What the engine and people need to know of a stage kind: its ports, its parameters and its sentences.
public struct StageSchema: Sendable, Hashable {
    /// The kind's name in the pipeline file, such as `train-linear`.
    public let name: String
    /// One sentence.
    public let summary: String
    /// Paragraphs of Markdown for `sluice kinds KIND` and `Docs/kinds.md`.
    public let discussion: String
    /// What it reads.
    public let inputs: [InputPort]
    /// What it writes.
    public let outputs: [OutputPort]
    /// What it can be told.
    public let parameters: [Parameter]

    /// A schema of its parts.
    public init(
        name: String, summary: String, discussion: String = "", inputs: [InputPort], outputs: [OutputPort],
        parameters: [Parameter]
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.inputs = inputs
        self.outputs = outputs
        self.parameters = parameters
    }
}

/// A named input of a stage kind.
public struct InputPort: Sendable, Hashable {
    /// How many artifacts the port takes.
    public enum Arity: Sendable, Hashable {
        /// Exactly one.
        case one
        /// None or one.
        case optional
        /// One or more: a gather such as `model[*]`, a list, or a single one.
        case many
        /// None or more.
        case any
    }

    /// The name under `inputs:`.
    public let name: String
    /// How many artifacts it takes.
    public let arity: Arity
    /// One sentence for people.
    public let help: String

    /// An input port of exactly one artifact.
    public init(_ name: String, _ help: String) { self.init(name, .one, help) }

    /// An input port.
    public init(_ name: String, _ arity: Arity, _ help: String) {
        self.name = name
        self.arity = arity
        self.help = help
    }
}

/// A named output of a stage kind.
public struct OutputPort: Sendable, Hashable {
    /// The name after the dot in `stage.output`.
    public let name: String
    /// The file's name in the output folder, such as `rows.parquet`.
    public let fileName: String
    /// True for a directory tree.
    public let isDirectory: Bool
    /// One sentence for people.
    public let help: String

    /// An output port.
    public init(_ name: String, _ fileName: String, isDirectory: Bool = false, _ help: String) {
        self.name = name
        self.fileName = fileName
        self.isDirectory = isDirectory
        self.help = help
    }
}
