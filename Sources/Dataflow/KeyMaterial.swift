public import Digests
public import StageSchemas

/// Everything that a stage's result depends on. The key is the digest of its canonical encoding.
public struct KeyMaterial: Sendable, Hashable, Codable {
    /// What the stage does with its inputs.
    public enum Work: Sendable, Hashable, Codable {
        /// A Swift kind: its name, the digest of its sources, and its canonical parameters.
        case kind(name: String, fingerprint: Digest, parameters: [String: Value])
        /// A shell command.
        case command(Command)

        /// The kind's name, or `run` for a command.
        public var kindName: String {
            switch self {
            case .kind(let name, _, _): name
            case .command: Stage.commandKindName
            }
        }
    }

    /// What a shell command's result depends on apart from its inputs.
    public struct Command: Sendable, Hashable, Codable {
        /// The command's text, with inputs and outputs by name.
        public var text: String
        /// The program that runs it, and its options; empty for `sh -c` of version 0.1.
        public var interpreter: [String]
        /// The declared outputs, `name → file name`; a directory's file name ends in `/`.
        public var outputs: [String: String]
        /// The digests of the declared code files, in the pipeline file's order.
        public var code: [Digest]
        /// The values of the declared environment variables; nil if one is unset.
        public var environment: [String: String?]
        /// Paths that may be read without being recorded.
        public var exempt: [String]

        package init(
            text: String, interpreter: [String] = Stage.Command.strictBash,
            outputs: [String: String] = [:], code: [Digest] = [], environment: [String: String?] = [:],
            exempt: [String] = []
        ) {
            self.text = text
            self.interpreter = interpreter
            self.outputs = outputs
            self.code = code
            self.environment = environment
            self.exempt = exempt
        }
    }

    /// One artifact of an input.
    public struct Element: Sendable, Hashable, Codable {
        /// The coordinates of the gathered instance, by axis; empty unless instances are gathered.
        public let coordinates: [String: Value]
        /// The artifact.
        public let digest: Digest
        /// True for an executable file that a command reads; it makes no difference to kinds.
        public let isExecutable: Bool

        package init(coordinates: [String: Value] = [:], digest: Digest, isExecutable: Bool = false) {
            self.coordinates = coordinates
            self.digest = digest
            self.isExecutable = isExecutable
        }
    }

    /// What the stage does with its inputs.
    public var work: Work
    /// The artifacts of each input.
    public var inputs: [String: [Element]]

    package init(_ work: Work, inputs: [String: [Element]] = [:]) {
        self.work = work
        self.inputs = inputs
    }
}
