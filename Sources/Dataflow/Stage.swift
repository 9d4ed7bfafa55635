public import Digests
public import StageSchemas

/// One stage instance: what it does, what it reads, what it writes.
///
/// A class, because it is handed around a lot and never changes.
public final class Stage: Sendable {
    /// Its name within the pipeline.
    public let id: StageID
    /// What it does.
    public let work: Work
    /// Its inputs, by name, in the file's order.
    public let inputs: [Input]
    /// Its outputs, by name.
    public let outputs: [Output]
    /// What it needs while it runs; not part of the key.
    public let resources: Resources
    /// How often it is tried again after a failure; not part of the key.
    public let retries: Int
    /// Where it stands in the pipeline file.
    public let location: SourceLocation?

    /// A stage of its parts.
    public init(
        id: StageID, work: Work, inputs: [Input] = [], outputs: [Output], resources: Resources = Resources(),
        retries: Int = 0, location: SourceLocation? = nil
    ) {
        self.id = id
        self.work = work
        self.inputs = inputs
        self.outputs = outputs
        self.resources = resources
        self.retries = retries
        self.location = location
    }
}

extension Stage {
    /// What stands for a kind's name with a shell command; no kind may have it.
    static let commandKindName = "run"

    /// What a stage does.
    public enum Work: Sendable {
        /// A Swift kind with its canonical parameters and the digest of its sources.
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

    /// A shell command with its placeholders.
    public struct Command: Sendable, Hashable {
        /// The text between and in place of `${inputs.x}` and `${outputs.y}`.
        public enum Segment: Sendable, Hashable {
            case text(String)
            case input(String)
            case output(String)
        }

        /// The command's text, parameters substituted, inputs and outputs still by name.
        public let segments: [Segment]
        /// Paths of files that the command reads and that are code, relative to the working directory.
        public let code: [String]
        /// Names of the environment variables that the command sees.
        public let environment: [String]

        /// A command of its parts.
        ///
        /// Texts that meet become one, so that a command is the same whether a part of it came from a parameter or not.
        public init(segments: [Segment], code: [String] = [], environment: [String] = []) {
            var joined: [Segment] = []
            for segment in segments {
                if case .text(let text) = segment, case .text(let before)? = joined.last {
                    joined[joined.count - 1] = .text(before + text)
                } else {
                    joined.append(segment)
                }
            }
            self.segments = joined
            self.code = code
            self.environment = environment
        }

        /// The command as written, with `${inputs.x}` and `${outputs.y}`.
        public var text: String {
            var result = ""
            for segment in segments {
                switch segment {
                case .text(let text): result += text
                case .input(let name):
                    result += "${inputs."
                    result += name
                    result += "}"
                case .output(let name):
                    result += "${outputs."
                    result += name
                    result += "}"
                }
            }
            return result
        }
    }

    /// A named input and where it comes from.
    public struct Input: Sendable, Hashable {
        /// Where an input comes from.
        public enum Source: Sendable, Hashable {
            /// One output of one stage.
            case output(OutputReference)
            /// Outputs of several instances, in matrix order; the instances carry their coordinates.
            case gather([OutputReference])
            /// A file or directory outside the pipeline, relative to the working directory.
            case external(ExternalSource)
        }

        /// The port's name.
        public let name: String
        /// Where it comes from.
        public let source: Source

        /// An input of its parts.
        public init(name: String, source: Source) {
            self.name = name
            self.source = source
        }

        /// The outputs of stages that it reads; empty for an external source.
        public var references: [OutputReference] {
            switch source {
            case .output(let reference): [reference]
            case .gather(let references): references
            case .external: []
            }
        }
    }

    /// A named output.
    public struct Output: Sendable, Hashable {
        /// The name after the dot in `stage.output`.
        public let name: String
        /// The file's name in the stage's output folder.
        public let fileName: String
        /// True for a directory tree.
        public let isDirectory: Bool

        /// An output of its parts.
        public init(name: String, fileName: String, isDirectory: Bool = false) {
            self.name = name
            self.fileName = fileName
            self.isDirectory = isDirectory
        }
    }

    /// What a stage needs while it runs.
    public struct Resources: Sendable, Hashable {
        /// Processor cores, and the threads that a kind may use.
        public var cpus: Int
        /// Bytes of memory, or nil where nothing is said.
        public var memory: Int?
        /// Accelerators.
        public var gpus: Int
        /// The most bytes that the outputs and the scratch files of one attempt may take, or nil for no bound.
        public var disk: Int?
        /// The longest that one attempt may take, or nil for no limit.
        public var time: Duration?

        /// One core, and nothing else said.
        public init(
            cpus: Int = 1, memory: Int? = nil, gpus: Int = 0, disk: Int? = nil, time: Duration? = nil
        ) {
            self.cpus = cpus
            self.memory = memory
            self.gpus = gpus
            self.disk = disk
            self.time = time
        }
    }
}

/// A file or directory outside the pipeline.
public struct ExternalSource: Sendable, Hashable {
    /// What is expected at the path.
    public enum Shape: String, Sendable, Hashable { case file, directory }
    /// The path, relative to the working directory.
    public let path: String
    /// What is expected there.
    public let shape: Shape

    /// A source of its parts.
    public init(path: String, shape: Shape = .file) {
        self.path = path
        self.shape = shape
    }
}

/// A place in a pipeline file.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file as the user named it.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// A location of its parts.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }
}
