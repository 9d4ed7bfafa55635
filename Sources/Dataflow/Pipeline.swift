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
    /// The outputs that are copied to `artifacts/out/<pipeline>/`.
    public let publications: [Publication]
    /// What will be published once lists are known. The names still have placeholders, and the sources stand for the instances.
    package let awaitedPublications: [Publication]
    /// The available amount of each custom resource, unless the user sets another.
    public let resources: [String: Int]
    /// The stages that conditions omit, each with the reason.
    public let leftOut: [LeftOutStage]
    /// The folder that it shares with other machines; nil for one next to the store.
    public let sharedFolder: String?
    /// The caches that it shares with other machines, in the order in which they are queried.
    public let caches: [SharedCache]
    /// Rebuilds the pipeline once the lists of `each:` stages are known; nil if there are none.
    public let expansion: Expansion?

    /// Makes a pipeline. `stages` must be in topological order with unique ids.
    public init(
        name: String, summary: String = "", parameters: [String: Value] = [:], stages: [Stage],
        publications: [Publication] = [], resources: [String: Int] = [:],
        leftOut: [LeftOutStage] = [], sharedFolder: String? = nil, caches: [SharedCache] = [],
        expansion: Expansion? = nil
    ) {
        self.init(
            name: name, summary: summary, parameters: parameters, stages: stages, publications: publications,
            awaitedPublications: [], resources: resources, leftOut: leftOut, sharedFolder: sharedFolder,
            caches: caches, expansion: expansion)
    }

    /// The same, with what is published once lists are known.
    package init(
        name: String, summary: String, parameters: [String: Value], stages: [Stage],
        publications: [Publication], awaitedPublications: [Publication], resources: [String: Int],
        leftOut: [LeftOutStage], sharedFolder: String?, caches: [SharedCache], expansion: Expansion?
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.stages = stages
        self.publications = publications
        self.awaitedPublications = awaitedPublications
        self.resources = resources
        self.leftOut = leftOut
        self.sharedFolder = sharedFolder
        self.caches = caches
        self.expansion = expansion
    }
}

/// A stage that conditions omit from a pipeline.
public struct LeftOutStage: Sendable, Hashable {
    /// The stage.
    public let stage: StageID
    /// Why.
    public let reason: String

    package init(stage: StageID, reason: String) {
        self.stage = stage
        self.reason = reason
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
public struct OutputReference: Sendable, Hashable, Codable, CustomStringConvertible {
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
