import Clocks
import Dataflow
import Digests

/// The lines that a run leaves on the screen.
struct RunLines {
    let style: TextStyle
    /// True to print everything that is known about each stage.
    private let isVerbose: Bool
    /// Names of cached stages that have not been printed yet.
    private var cached: [String] = []
    private var groups: StageGroups
    /// Seconds of a clock that only moves forward.
    private let now: @Sendable () -> Double
    /// When a line about the progress of a stage with many instances was printed last, or it started.
    private var told: [String: Double] = [:]

    /// How many failures of a stage with many instances are printed one by one.
    private static let maximumFailures = 5
    /// The number of seconds between lines about the progress of a stage with many instances.
    private static let progressSeconds = 10.0

    /// - Parameter stages: those of the run; of those with many instances, the lines are about all of them.
    init(
        style: TextStyle, stages: [StageID] = [], isVerbose: Bool = false,
        now: @escaping @Sendable () -> Double = { MonotonicClock.seconds() }
    ) {
        self.style = style
        self.now = now
        self.isVerbose = isVerbose
        groups = StageGroups(isVerbose ? [] : stages)
    }

    /// The lines for an event; `showsStarts` is for reports without a live display.
    mutating func lines(for event: RunEvent, showsStarts: Bool) -> [String] {
        let showsStarts = showsStarts || isVerbose
        // Only this stage: a copy of all of them would be made with every event.
        let before: StageGroups.Group? =
            switch event {
            case .stageStarted(let stage, _, _, _), .waiting(let stage, _): groups[stage]
            default: nil
            }
        if !isVerbose { groups.take(event) }
        switch event {
        case .stageFinished(let result): return finished(result, showsStarts: showsStarts)
        case .stageStarted(let stage, let attempt, let reasons, _):
            guard showsStarts else { return [] }
            if let group = groups[stage] {
                guard before?.hasStarted == false else { return [] }
                told[stage.name] = now()
                return flush() + [
                    word("start", style.blue) + style.bold(stage.name.escapedForDisplay) + ": "
                        + Amounts.count(group.total - group.ended, "instance")
                ]
            }
            let again = attempt > 1 ? " (attempt \(attempt))" : ""
            let start = word("start", style.blue) + name(stage) + again
            guard isVerbose else { return flush() + [start + why(reasons)] }
            return flush() + [start] + VerboseLines.reasons(reasons, style)
        case .attempt(_, let attempt):
            return isVerbose ? flush() + VerboseLines.attempt(attempt, style) : []
        case .action(let text):
            return isVerbose ? flush() + [word("executor", style.dim) + text.escapedForDisplay] : []
        case .retrying(let stage, _, let pause, let message):
            let seconds = Amounts.seconds(pause / .seconds(1))
            return flush()
                + [word("retry", style.yellow) + name(stage) + " in \(seconds): \(message.escapedForDisplay)"]
        case .waiting(let stage, let holder):
            guard showsStarts, groups[stage] == nil || before?.hasWaited == false else { return [] }
            return flush() + [word("wait", style.yellow) + name(stage) + " is computed by \(holder)"]
        case .notice(let text): return flush() + [word("note", style.dim) + text.escapedForDisplay]
        case .expanded(let stage, let instances, _):
            return flush() + [
                word("known", style.dim) + stage.escapedForDisplay + ": "
                    + Amounts.count(instances.count, "instance")
            ]
        case .draining:
            return flush() + [
                word("stop", style.yellow) + "waiting for the running stages; Ctrl-C again kills them"
            ]
        case .published(let file, let path):
            return isVerbose
                ? flush() + [word("publish", style.dim) + "\(file) → \(path)".escapedForDisplay] : []
        case .runFinished:
            return flush() + groups.open.map { ended($0.name, $0.group) }
        case .runStarted, .progress, .metric, .log: return []
        }
    }

    private mutating func finished(_ result: StageResult, showsStarts: Bool) -> [String] {
        if let group = groups[result.stage] { return finished(result, of: group, showsStarts: showsStarts) }
        if result.disposition == .cached {
            guard isVerbose else {
                cached.append(result.stage.description)
                return []
            }
            let key = result.key.map { ", key \($0.digest.abbreviated)" } ?? ""
            return [word("cached", style.dim) + name(result.stage) + style.dim(key)]
        }
        return flush() + [line(result, showsWhy: !showsStarts)].compactMap { $0 } + tail(result)
            + (isVerbose ? VerboseLines.result(result, style) : [])
    }

    /// The lines for an instance of a stage with many.
    private mutating func finished(
        _ result: StageResult, of group: StageGroups.Group, showsStarts: Bool
    ) -> [String] {
        var lines: [String] = []
        if result.disposition == .failed, group.counts[.failed] ?? 0 <= Self.maximumFailures {
            lines = flush() + [line(result, showsWhy: false)].compactMap { $0 } + tail(result)
        }
        let name = result.stage.name
        guard group.ended < group.total else {
            if group.counts[.cached] == group.total {
                cached.append("\(name) (\(Amounts.count(group.total, "instance")))")
                return lines
            }
            return lines + flush() + [ended(name, group)]
        }
        guard showsStarts, let last = told[name], now() - last >= Self.progressSeconds else { return lines }
        told[name] = now()
        return lines + flush() + [
            word("running", style.dim) + name.escapedForDisplay
                + ": \(Amounts.grouped(group.ended)) of \(Amounts.count(group.total, "instance"))"
        ]
    }

    /// The outcome of a stage with many instances.
    private func ended(_ name: String, _ group: StageGroups.Group) -> String {
        let order: [Disposition] = [.ran, .cached, .failed, .skipped, .canceled]
        let parts = order.compactMap { disposition in
            group.counts[disposition].map { "\(Amounts.grouped($0)) \(disposition.rawValue)" }
        }
        let isFailure = group.counts[.failed] != nil
        let hasRun = group.counts[.ran] != nil
        let label =
            isFailure
            ? word("failed", style.red) : hasRun ? word("ran", style.green) : word("skipped", style.yellow)
        let time = hasRun ? " in \(Amounts.seconds(group.seconds)) of work" : ""
        let reasons = group.reasons.filter { !$0.isEmpty }
        let why = reasons.isEmpty ? "" : reasons.count == 1 ? reasons.first ?? "" : "for several reasons"
        return label + style.bold(name.escapedForDisplay) + ": "
            + "\(Amounts.count(group.total, "instance")), \(parts.joined(separator: ", "))\(time)"
            + (why.isEmpty ? "" : style.dim(" (\(why))"))
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

    /// The end of a failed attempt's log.
    private func tail(_ result: StageResult) -> [String] {
        result.lastLines.map {
            "         " + style.dim("│ " + $0.escapedForDisplay.truncated(toWidth: 200))
        }
    }

    /// The stages that were cached since the last line, on one line.
    private mutating func flush() -> [String] {
        guard !cached.isEmpty else { return [] }
        defer { cached = [] }
        return [
            line(ofCached: CachedNames(first: Array(cached.prefix(Self.maximumNames)), count: cached.count))
        ]
    }

    /// A summary of cached stages: the first names, and the number of all.
    struct CachedNames: Equatable {
        var first: [String]
        var count: Int
    }

    /// How many names a line has.
    private static let maximumNames = 8

    /// The line for stages that were cached.
    func line(ofCached names: CachedNames) -> String {
        let shown = names.first.map(\.escapedForDisplay).joined(separator: ", ")
        let rest = names.count - names.first.count
        return word("cached", style.dim) + shown + (rest > 0 ? " and \(Amounts.grouped(rest)) more" : "")
    }

    /// The line for stages that end one after another, if all are cached and nothing else happens.
    static func cachedNames(_ stages: [StageID]) -> CachedNames {
        var lines = RunLines(style: .plain, stages: stages)
        for stage in stages {
            let result = StageResult(stage: stage, kind: "", key: nil, disposition: .cached)
            _ = lines.lines(for: .stageFinished(result), showsStarts: true)
        }
        return CachedNames(first: Array(lines.cached.prefix(maximumNames)), count: lines.cached.count)
    }

    private func name(_ stage: StageID) -> String { style.bold(stage.description.escapedForDisplay) }

    private func why(_ reasons: [Staleness]) -> String {
        reasons.isEmpty ? "" : style.dim(" (\(reasons.phrase))")
    }

    private func word(_ text: String, _ color: (String) -> String) -> String {
        color(text) + String(repeating: " ", count: max(1, 9 - text.count))
    }
}
