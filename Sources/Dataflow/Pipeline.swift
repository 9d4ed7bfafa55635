public import StageSchemas

/// A pipeline with every matrix expanded: a directed acyclic graph of stages.
public struct Pipeline: Sendable {
    /// The value of `pipeline:` in the file.
    public let name: String
    /// A one-line description for people; may be empty.
    public let summary: String
    /// The parameters after overrides, for display.
    public let parameters: [String: Value]
    /// The stages, each after the stages that it reads from.
    public let stages: [Stage]
    /// What is copied to `artifacts/out/<pipeline>/`.
    public let publications: [Publication]
    /// How many there are of what its stages need, unless the user says; by name.
    public let resources: [String: Int]

    /// Makes a pipeline. `stages` must be in topological order with unique ids.
    public init(
        name: String, summary: String = "", parameters: [String: Value] = [:], stages: [Stage],
        publications: [Publication] = [], resources: [String: Int] = [:]
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.stages = stages
        self.publications = publications
        self.resources = resources
    }
}

/// An output that a pipeline publishes under a file name.
public struct Publication: Sendable, Hashable {
    /// The path within the pipeline's folder of published files.
    public let fileName: String
    /// The stage and the output.
    public let source: OutputReference

    package init(fileName: String, source: OutputReference) {
        self.fileName = fileName
        self.source = source
    }
}

/// A named output of a stage.
public struct OutputReference: Sendable, Hashable, CustomStringConvertible {
    /// The stage.
    public let stage: StageID
    /// The output's name.
    public let output: String

    package init(stage: StageID, output: String) {
        self.stage = stage
        self.output = output
    }

    /// `stage.output`.
    public var description: String { "\(stage).\(output)" }
}
