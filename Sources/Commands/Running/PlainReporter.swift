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
    private let showsOnlyTrouble: Bool
    private let lines: Mutex<RunLines>

    /// - Parameters:
    ///   - lines: the lines for what happens.
    ///   - showsOnlyTrouble: true to report only what went wrong.
    init(terminal: Terminal, lines: RunLines, showsOnlyTrouble: Bool = false) {
        self.terminal = terminal
        self.showsOnlyTrouble = showsOnlyTrouble
        self.lines = Mutex(lines)
    }

    func report(_ event: RunEvent) {
        guard !showsOnlyTrouble || event.isTrouble else { return }
        lines.withLock { lines in
            let text = lines.lines(for: event, showsStarts: true).map { $0 + "\n" }.joined()
            if !text.isEmpty { terminal.write(text, to: .error) }
        }
    }

    func close() {}
}

extension RunEvent {
    /// True for an event that reports trouble.
    fileprivate var isTrouble: Bool {
        switch self {
        case .stageFinished(let result): ![.ran, .cached].contains(result.disposition)
        case .retrying, .notice, .draining: true
        case .runStarted, .expanded, .stageStarted, .attempt, .action, .waiting, .progress, .metric, .log,
            .published, .runFinished:
            false
        }
    }
}
