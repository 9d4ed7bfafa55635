public import StageSchemas

/// A pipeline with every matrix expanded: a directed acyclic graph of stages.
public struct Pipeline: Sendable {
    /// The name in the file's `pipeline:`.
    public let name: String
    /// One line for people; may be empty.
    public let summary: String
    /// The parameters' values after overrides, for display.
    public let parameters: [String: Value]
    /// The stages, each after all stages that it reads from.
    public let stages: [Stage]
    /// What is copied to `artifacts/out/<pipeline>/`.
    public let publications: [Publication]

    /// A pipeline of its parts. `stages` must be in topological order with unique ids.
    public init(
        name: String, summary: String = "", parameters: [String: Value] = [:], stages: [Stage],
        publications: [Publication] = []
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.stages = stages
        self.publications = publications
    }
}

/// An output that a pipeline publishes under a file name.
public struct Publication: Sendable, Hashable {
    /// The path below the pipeline's folder.
    public let fileName: String
    /// The stage and the output.
    public let source: OutputReference

    /// A publication of its parts.
    public init(fileName: String, source: OutputReference) {
        self.fileName = fileName
        self.source = source
    }
}

/// A named output of a stage.
public struct OutputReference: Sendable, Hashable {
    /// The stage.
    public let stage: StageID
    /// The output's name.
    public let output: String

    /// A reference of its parts.
    public init(stage: StageID, output: String) {
        self.stage = stage
        self.output = output
    }
}
