public import Digests
public import StageSchemas

/// A stage instance: what it does, what it reads and what it writes.
///
/// A class because it is passed around a lot and never changes.
public final class Stage: Sendable, Codable {
    /// Its name within the pipeline.
    public let id: StageID
    /// What it does.
    public let work: Work
    /// Its inputs, by name, in the file's order.
    public let inputs: [Input]
    /// Its outputs, by name.
    public let outputs: [Output]
    /// The resources that it needs while it runs; not part of the key.
    public let resources: Resources
    /// What it may access.
    public let permissions: Permissions
    /// When it runs if the store has a result; not part of the key.
    public let renewal: Renewal
    /// The environment variables that hold secrets; not part of the key.
    public let secrets: [String]
    /// How often it is retried after a failure; not part of the key.
    public let retries: Retries
    /// Where it runs; not part of the key.
    public let placement: Placement
    /// Its location in the pipeline file.
    public let location: SourceLocation?
    /// The list elements that it is the instance for, as far as they are known, and the next list that is needed.
    public let lists: [OutputReference]
    /// The list that determines its instances; nil if it is not a placeholder.
    public let awaitedList: OutputReference?
    /// The placeholder that stood for this instance before any list was known; nil if there was none.
    public let placeholder: StageID?
    /// Words by which users select stages; not part of the key.
    public let tags: [String]

    package init(
        id: StageID, work: Work, inputs: [Input] = [], outputs: [Output], resources: Resources = Resources(),
        permissions: Permissions = Permissions(), renewal: Renewal = .whenStale, secrets: [String] = [],
        retries: Retries = Retries(), placement: Placement = Placement(), location: SourceLocation? = nil,
        lists: [OutputReference] = [], awaitedList: OutputReference? = nil, placeholder: StageID? = nil,
        tags: [String] = []
    ) {
        self.id = id
        self.work = work
        self.inputs = inputs
        self.outputs = outputs
        self.resources = resources
        self.permissions = permissions
        self.renewal = renewal
        self.secrets = secrets
        self.retries = retries
        self.placement = placement
        self.location = location
        self.lists = lists
        self.awaitedList = awaitedList
        self.placeholder = placeholder
        self.tags = tags
    }

    /// True if its outputs are known in advance, and only their content matters.
    public var isKnownByContent: Bool { !outputs.isEmpty && outputs.allSatisfy { $0.expected != nil } }
}

extension Stage {
    /// Stands in for the kind's name if the stage is a shell command; no kind may have this name.
    static let commandKindName = "run"

    /// When a stage runs if the store has a result.
    public enum Renewal: Sendable, Hashable, Codable {
        /// If the result is not that of its key.
        case whenStale
        /// In every run.
        case always
        /// Only if a user forces it: its latest result is used, whatever its key.
        case frozen
    }

    /// What a stage does.
    public enum Work: Sendable, Hashable, Codable {
        /// A Swift kind, with its canonical parameters and the digest of its sources.
        case kind(name: String, parameters: [String: Value], fingerprint: Digest)
        /// A shell command.
        case command(Command)

        /// The kind's name, or `run` for a shell command.
        public var kindName: String {
            switch self {
            case .kind(let name, _, _): name
            case .command: Stage.commandKindName
            }
        }
    }

    /// A named input and its source.
    public struct Input: Sendable, Hashable, Codable {
        /// The source of an input.
        public enum Source: Sendable, Hashable, Codable {
            /// An output of one stage.
            case output(OutputReference)
            /// Outputs of several instances, in matrix order; the instances carry their coordinates.
            case gather([OutputReference])
            /// A file in a directory that a stage has produced.
            case member(OutputReference, path: String, digest: Digest)
            /// A file or directory outside the pipeline, relative to the working directory.
            case external(ExternalSource)
            /// An output of another pipeline.
            case elsewhere(PipelineOutput)
        }

        /// The port's name.
        public let name: String
        /// Its source.
        public let source: Source

        package init(name: String, source: Source) {
            self.name = name
            self.source = source
        }

        /// Calls `body` for each of the outputs of this pipeline's stages that it reads.
        func forEachReference(_ body: (OutputReference) -> Void) {
            switch source {
            case .output(let reference), .member(let reference, _, _): body(reference)
            case .gather(let references): references.forEach(body)
            case .external, .elsewhere: break
            }
        }

        /// The outputs of this pipeline's stages that it reads.
        public var references: [OutputReference] {
            switch source {
            case .output(let reference): [reference]
            case .gather(let references): references
            case .member(let reference, _, _): [reference]
            case .external, .elsewhere: []
            }
        }
    }

    /// A named output.
    public struct Output: Sendable, Hashable, Codable {
        /// The name after the dot in `stage.output`.
        public let name: String
        /// The file's name in the stage's output folder.
        public let fileName: String
        /// True for a directory tree.
        public let isDirectory: Bool
        /// True for the file whose numbers are the stage's metrics.
        public let isMetrics: Bool
        /// Its digest, if that is known in advance.
        public let expected: Digest?
        /// True if the stage need not write it.
        public let isOptional: Bool

        /// How a key describes the output: its file name, and what it is if it is not an ordinary file.
        var declaration: String {
            fileName + (isDirectory ? "/" : isMetrics ? " (metrics)" : "") + (isOptional ? " (optional)" : "")
        }

        package init(
            name: String, fileName: String, isDirectory: Bool = false, isMetrics: Bool = false,
            expected: Digest? = nil, isOptional: Bool = false
        ) {
            self.name = name
            self.fileName = fileName
            self.isDirectory = isDirectory
            self.isMetrics = isMetrics
            self.expected = expected
            self.isOptional = isOptional
        }
    }

    /// What a stage needs while it runs.
    public struct Resources: Sendable, Hashable, Codable {
        /// Processor cores, which is also the number of threads that a kind may use.
        public var cpus: Int
        /// Bytes of memory, or nil if not specified.
        public var memory: Int?
        /// Accelerators.
        public var gpus: Int
        /// The maximum size in bytes of one attempt's outputs and scratch files, or nil for no limit.
        public var disk: Int?
        /// The maximum duration of one attempt, or nil for no limit.
        public var time: Duration?
        /// The number that it needs of each named resource.
        public var others: [String: Int]

        /// One core, and nothing else specified.
        public init(
            cpus: Int = 1, memory: Int? = nil, gpus: Int = 0, disk: Int? = nil, time: Duration? = nil,
            others: [String: Int] = [:]
        ) {
            self.cpus = cpus
            self.memory = memory
            self.gpus = gpus
            self.disk = disk
            self.time = time
            self.others = others
        }
    }
}

/// A file or directory outside the pipeline, or several files.
public struct ExternalSource: Sendable, Hashable, Codable {
    /// What is expected at the path.
    public enum Shape: String, Sendable, Hashable, Codable {
        case file, directory
        /// Either of the two.
        case any
        /// Files: the path is a pattern, and those that match are a directory.
        case matches
    }
    /// The path, relative to the working directory.
    public let path: String
    /// What is expected there.
    public let shape: Shape

    package init(path: String, shape: Shape = .file) {
        self.path = path
        self.shape = shape
    }
}

/// A location in a pipeline file.
public struct SourceLocation: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The path of the file as the user wrote it.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }
}
