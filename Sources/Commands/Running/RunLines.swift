import Dataflow

/// The lines that a run leaves on the screen.
struct RunLines {
    let style: TextStyle
    /// Names of cached stages that have not been printed yet.
    private var cached: [String] = []

    init(style: TextStyle) { self.style = style }

    /// The lines for an event; `showsStarts` is for reports without a live display.
    mutating func lines(for event: RunEvent, showsStarts: Bool) -> [String] {
        switch event {
        case .stageFinished(let result):
            if result.disposition == .cached {
                cached.append(result.stage.description)
                return []
            }
            return flush() + [line(result, showsWhy: !showsStarts)].compactMap { $0 }
                + result.lastLines.map {
                    "         " + style.dim("│ " + $0.escapedForDisplay.truncated(toWidth: 200))
                }
        case .stageStarted(let stage, let attempt, let reasons, _):
            guard showsStarts else { return [] }
            let again = attempt > 1 ? " (attempt \(attempt))" : ""
            return flush() + [word("start", style.blue) + name(stage) + again + why(reasons)]
        case .retrying(let stage, _, let pause, let message):
            let seconds = Amounts.seconds(pause / .seconds(1))
            return flush()
                + [word("retry", style.yellow) + name(stage) + " in \(seconds): \(message.escapedForDisplay)"]
        case .waiting(let stage, let holder):
            return showsStarts
                ? flush() + [word("wait", style.yellow) + name(stage) + " is computed by \(holder)"] : []
        case .notice(let text): return flush() + [word("note", style.dim) + text.escapedForDisplay]
        case .expanded(let stage, let instances, _):
            return flush() + [
                word("known", style.dim) + stage.escapedForDisplay + ": "
                    + Amounts.count(instances.count, "instance")
            ]
        case .draining:
            return flush() + [
                word("stop", style.yellow) + "waiting for the running stages; Ctrl-C again ends them"
            ]
        case .runFinished: return flush()
        case .runStarted, .progress, .metric, .log, .published: return []
        }
    }

    private func line(_ result: StageResult, showsWhy: Bool) -> String? {
        switch result.disposition {
        case .ran:
            let seconds = result.trace.map { " in " + Amounts.seconds($0.cost.wallSeconds) } ?? ""
            return word("ran", style.green) + name(result.stage) + seconds
                + (showsWhy ? why(result.reasons) : "")
        case .failed:
            return word("failed", style.red) + name(result.stage) + ": "
                + (result.message ?? "for no known reason").escapedForDisplay
        case .skipped: return word("skipped", style.yellow) + name(result.stage)
        case .canceled: return word("canceled", style.yellow) + name(result.stage)
        case .cached: return nil
        }
    }

    /// The stages that were cached since the last line, on one line.
    private mutating func flush() -> [String] {
        guard !cached.isEmpty else { return [] }
        defer { cached = [] }
        let shown = cached.prefix(8).map(\.escapedForDisplay).joined(separator: ", ")
        let more = cached.count > 8 ? " and \(Amounts.grouped(cached.count - 8)) more" : ""
        return [word("cached", style.dim) + shown + more]
    }

    private func name(_ stage: StageID) -> String { style.bold(stage.description.escapedForDisplay) }

    private func why(_ reasons: [Staleness]) -> String {
        reasons.isEmpty ? "" : style.dim(" (\(reasons.phrase))")
    }

    private func word(_ text: String, _ color: (String) -> String) -> String {
        color(text) + String(repeating: " ", count: max(1, 9 - text.count))
    }
}
