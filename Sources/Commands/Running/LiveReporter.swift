import Clocks
import Dataflow
import Synchronization

/// Reports a run on a terminal: running stages are redrawn in place, at most ten times a second; finished ones scroll by.
final class LiveReporter: RunDisplay {
    private struct State {
        var progress: RunProgress
        var lines: RunLines
        /// Events that are not on the screen yet.
        var fresh: [String] = []
        var drawnWidths: [Int] = []
        var lastDraw = MonotonicClock.seconds()
        var isClosed = false
    }

    private static let interval = 0.1
    private let terminal: Terminal
    private let style: TextStyle
    private let cpus: Int
    private let state: Mutex<State>
    private let ticker = Mutex<Task<Void, Never>?>(nil)

    init(
        terminal: Terminal, lines: RunLines, cpus: Int, durations: [String: Double], stages: [StageID]
    ) {
        self.terminal = terminal
        style = lines.style
        self.cpus = cpus
        state = Mutex(
            State(progress: RunProgress(stages: stages, durations: durations), lines: lines))
    }

    func report(_ event: RunEvent) {
        let now = MonotonicClock.seconds()
        state.withLock { state in
            state.progress.take(event, now: now)
            state.fresh += state.lines.lines(for: event, showsStarts: false)
            if now - state.lastDraw >= Self.interval, !state.isClosed { draw(&state, now) }
        }
        // Elapsed times advance between events; a run without running stages needs no clock.
        if case .stageStarted = event { startTicker() }
    }

    func close() {
        ticker.withLock { ticker in
            ticker?.cancel()
            ticker = nil
        }
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            let text = erasure(state) + state.fresh.map { $0 + "\n" }.joined()
            terminal.write(text, to: .error)
        }
    }

    private func startTicker() {
        ticker.withLock { ticker in
            guard ticker == nil else { return }
            ticker = Task.detached { [weak self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(Int(Self.interval * 1000)))
                    self?.tick()
                }
            }
        }
    }

    private func tick() {
        let now = MonotonicClock.seconds()
        state.withLock { state in
            if now - state.lastDraw >= Self.interval, !state.isClosed { draw(&state, now) }
        }
    }

    private func draw(_ state: inout State, _ now: Double) {
        let size = terminal.size(.error)
        let frame = LiveFrame.lines(
            state.progress, now: now, columns: size.columns, rows: size.rows, cpus: cpus, style: style)
        let text = erasure(state) + state.fresh.map { $0 + "\n" }.joined() + frame.joined(separator: "\n")
        state.fresh = []
        state.drawnWidths = frame.map(Self.visibleWidth)
        state.lastDraw = now
        terminal.write(text, to: .error)
    }

    /// The text that removes the drawn lines. If the terminal has become narrower, each occupies several rows by now.
    private func erasure(_ state: State) -> String {
        guard !state.drawnWidths.isEmpty else { return "" }
        let columns = max(1, terminal.size(.error).columns)
        let rows = state.drawnWidths.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
        return "\r" + (rows > 1 ? "\u{1B}[\(rows - 1)A" : "") + "\u{1B}[J"
    }

    /// The width of a line without its color codes, in columns.
    static func visibleWidth(_ line: String) -> Int {
        var text = ""
        var isInEscape = false
        for character in line {
            if character == "\u{1B}" { isInEscape = true }
            if !isInEscape { text.append(character) }
            if character == "m" { isInEscape = false }
        }
        return DisplayWidth.of(text)
    }
}
