import Dataflow
import StageSchemas

/// The exit status of the program, which scripts may rely on.
public enum ExitStatus: Int32, Sendable {
    /// Success.
    case done = 0
    /// A stage failed.
    case stageFailed = 1
    /// The command line or the pipeline is wrong.
    case usage = 2
    /// The store is damaged, locked, read-only, full or newer than this program.
    case store = 3
    /// The user stopped it.
    case interrupted = 130
}

/// A command cannot continue: the message, and the exit status.
struct CommandFailure: Error, CustomStringConvertible {
    let status: ExitStatus
    let message: String
    /// The mistakes in a pipeline file that are the reason.
    let mistakes: [Mistake]

    init(_ status: ExitStatus, _ message: String, mistakes: [Mistake] = []) {
        self.status = status
        self.message = message
        self.mistakes = mistakes
    }

    /// Invalid usage, or a reference to something that does not exist.
    static func usage(_ message: String, mistakes: [Mistake] = []) -> CommandFailure {
        CommandFailure(.usage, message, mistakes: mistakes)
    }

    var description: String { message }

    /// What a command with `--json` prints in place of its document:
    /// `{"error": {"message", "exitStatus", "mistakes": [{"file", "line", "column", "message"}]}}`.
    var document: Value {
        [
            "error": [
                "message": .string(message), "exitStatus": .integer(Int(status.rawValue)),
                "mistakes": .list(mistakes.map(\.document)),
            ]
        ]
    }
}

/// A mistake in a pipeline file, or in a file that it names.
struct Mistake {
    /// Where it is; nil if it has no particular location.
    let location: SourceLocation?
    let message: String

    fileprivate var document: Value {
        [
            "file": location.map { .string($0.file) } ?? .null,
            "line": location.map { .integer($0.line) } ?? .null,
            "column": location.map { .integer($0.column) } ?? .null, "message": .string(message),
        ]
    }
}
