import Dataflow

/// The display of a running pipeline: lines for a terminal of a given size. Pure.
enum LiveFrame {
    /// The lines, at most `rows - 1`, each narrower than `columns`.
    static func lines(
        _ progress: RunProgress, now: Double, columns: Int, rows: Int, cpus: Int, style: TextStyle
    ) -> [String] {
        let width = max(4, columns - 1)
        let room = max(1, rows - 2)
        let active = progress.active
        let shown = active.count <= room ? active : Array(active.prefix(max(0, room - 1)))
        let nameWidth = min(
            max(2, width / 3), shown.map { DisplayWidth.of($0.stage.description) }.max() ?? 8)
        var lines = shown.map { line($0, now: now, nameWidth: nameWidth, width: width, style: style) }
        if shown.count < active.count {
            lines.append(style.dim("  and \(active.count - shown.count) more".truncated(toWidth: width)))
        }
        lines.append(style.bold(total(progress, now: now, cpus: cpus).truncated(toWidth: width)))
        return lines
    }

    private static func line(
        _ active: RunProgress.Active, now: Double, nameWidth: Int, width: Int, style: TextStyle
    ) -> String {
        let name = active.stage.description.escapedForDisplay.truncated(toWidth: nameWidth)
            .padded(toWidth: nameWidth)
        let elapsed = Amounts.seconds(now - active.started)
        if let holder = active.holder {
            let rest = "waits for \(holder) \(elapsed)".truncated(toWidth: width - nameWidth - 4)
            return "  " + name + "  " + style.yellow(rest)
        }
        var detail = elapsed
        if let total = active.total, total > 0 {
            detail += "  \(Amounts.grouped(active.done)) of \(Amounts.grouped(total)) \(active.unit)"
        } else if active.done > 0 {
            detail += "  \(Amounts.grouped(active.done)) \(active.unit)"
        } else if let expected = active.expected {
            detail += " of about \(Amounts.seconds(expected))"
        }
        let barWidth = width - nameWidth - 40 >= 10 ? 16 : 0
        let bar = barWidth > 0 ? bar(fraction(active, now: now), width: barWidth) + "  " : ""
        let rest = detail.escapedForDisplay.truncated(toWidth: max(0, width - nameWidth - 4 - bar.count))
        return "  " + name + "  " + style.blue(bar) + rest
    }

    /// How much of a stage is done, from its own report or its last duration; nil if neither is known.
    static func fraction(_ active: RunProgress.Active, now: Double) -> Double? {
        if let total = active.total, total > 0 { return min(1, Double(active.done) / Double(total)) }
        guard let expected = active.expected, expected > 0 else { return nil }
        return min(0.99, max(0, (now - active.started) / expected))
    }

    static func bar(_ fraction: Double?, width: Int) -> String {
        guard let fraction else { return String(repeating: "·", count: width) }
        let full = Int((fraction * Double(width)).rounded(.down))
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }

    private static func total(_ progress: RunProgress, now: Double, cpus: Int) -> String {
        let counts = progress.counts
        var parts = ["\(Amounts.grouped(progress.finished)) of \(Amounts.grouped(progress.total))"]
        let names: [(Disposition, String)] = [
            (.ran, "ran"), (.cached, "cached"), (.failed, "failed"), (.skipped, "skipped"),
        ]
        for (disposition, name) in names {
            if let count = counts[disposition] { parts.append("\(Amounts.grouped(count)) \(name)") }
        }
        let running = progress.active.filter { $0.holder == nil }.count
        if running > 0 { parts.append("\(running) running") }
        if progress.isDraining {
            parts.append("stopping")
        } else if let (seconds, untimed) = progress.remaining(now: now, cpus: cpus) {
            let more = untimed > 0 ? " and \(Amounts.count(untimed, "stage")) never timed" : ""
            parts.append("about \(Amounts.seconds(seconds.rounded(.up))) left\(more)")
        }
        return parts.joined(separator: " · ")
    }
}
