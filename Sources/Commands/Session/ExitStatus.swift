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

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Invalid usage, or a reference to something that does not exist.
    static func usage(_ message: String) -> CommandFailure { CommandFailure(.usage, message) }

    var description: String { message }
}
