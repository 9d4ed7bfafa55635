extension Stage {
    /// A command with its placeholders, and what runs it.
    public struct Command: Sendable, Hashable, Codable {
        /// A piece of the text, or a placeholder.
        public enum Segment: Sendable, Hashable, Codable {
            case text(String)
            /// `${inputs.x}`: the path of an input, or the paths of all its artifacts.
            case input(String)
            /// `${inputs.x.list}`: the path of a file with a path on each line.
            case inputList(String)
            /// `${inputs.x.table}`: the path of a file with a path and its instance's coordinates on each line.
            case inputTable(String)
            /// `${outputs.y}`: the path of an output.
            case output(String)
        }

        /// Bash in strict mode: a command that fails, an unset variable, or a failure within a pipe ends the stage.
        public static let strictBash = ["bash", "-euo", "pipefail"]

        /// The command's text, parameters substituted, inputs and outputs still by name.
        public let segments: [Segment]
        /// The program that runs a file with the text, and its options.
        public let interpreter: [String]
        /// The files and folders that the command reads as code.
        public let code: [ExternalSource]
        /// Names of the environment variables that the command sees.
        public let environment: [String]

        /// Makes a command.
        ///
        /// Adjacent texts are joined, so that it makes no difference whether part of a command came from a parameter.
        public init(
            segments: [Segment], interpreter: [String] = Command.strictBash, code: [ExternalSource] = [],
            environment: [String] = []
        ) {
            var joined: [Segment] = []
            joined.reserveCapacity(segments.count)
            for segment in segments {
                if case .text(let text) = segment, case .text(let before)? = joined.last {
                    joined[joined.count - 1] = .text(before + text)
                } else {
                    joined.append(segment)
                }
            }
            self.segments = joined
            self.interpreter = interpreter
            self.code = code
            self.environment = environment
        }

        /// The command as written, with `${inputs.x}` and `${outputs.y}`.
        public var text: String {
            var result = ""
            for segment in segments {
                switch segment {
                case .text(let text): result += text
                case .input(let name): result += "${inputs.\(name)}"
                case .inputList(let name): result += "${inputs.\(name).list}"
                case .inputTable(let name): result += "${inputs.\(name).table}"
                case .output(let name): result += "${outputs.\(name)}"
                }
            }
            return result
        }
    }
}
