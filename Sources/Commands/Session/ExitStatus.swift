/// How the program ends: what scripts may rely on.
public enum ExitStatus: Int32, Sendable {
    /// All was done.
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

/// A command cannot go on: the sentence for people, and how the program ends.
struct CommandFailure: Error, CustomStringConvertible {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Wrong use, or something that was named is not there.
    static func usage(_ message: String) -> CommandFailure { CommandFailure(.usage, message) }

    var description: String { message }
}
