import Dataflow
import Synchronization

/// A reporter that controls the terminal until it is closed.
protocol RunDisplay: Reporter {
    /// Restores the terminal.
    func close()
}

/// Reports a run as plain lines: for logs, pipes and CI.
final class PlainReporter: RunDisplay {
    private let terminal: Terminal
    private let lines: Mutex<RunLines>

    init(terminal: Terminal, style: TextStyle) {
        self.terminal = terminal
        lines = Mutex(RunLines(style: style))
    }

    func report(_ event: RunEvent) {
        lines.withLock { lines in
            let text = lines.lines(for: event, showsStarts: true).map { $0 + "\n" }.joined()
            if !text.isEmpty { terminal.write(text, to: .error) }
        }
    }

    func close() {}
}
