import Dataflow

/// The display of a running pipeline: lines for a terminal of a given size. Pure.
enum LiveFrame {
    /// The lines, at most `rows - 1`, each narrower than `columns`.
    static func lines(
        _ progress: RunProgress, now: Double, columns: Int, rows height: Int, cpus: Int, style: TextStyle
    ) -> [String] {
        let width = max(4, columns - 1)
        let room = max(1, height - 2)
        let active = rows(progress)
        let shown = active.count <= room ? active : Array(active.prefix(max(0, room - 1)))
        let nameWidth = min(max(2, width / 3), shown.map { DisplayWidth.of($0.name) }.max() ?? 8)
        var lines = shown.map { line($0, now: now, nameWidth: nameWidth, width: width, style: style) }
        if shown.count < active.count {
            lines.append(style.dim("  and \(active.count - shown.count) more".truncated(toWidth: width)))
        }
        lines.append(style.bold(total(progress, now: now, cpus: cpus).truncated(toWidth: width)))
        return lines
    }

    /// A running stage, or the running instances of one with many.
    private struct Row {
        var name: String
        /// The instance that has run longest.
        var active: RunProgress.Active
        /// All of its instances; nil if it is shown separately.
        var group: StageGroups.Group?
        var running = 1
    }

    private static func rows(_ progress: RunProgress) -> [Row] {
        var rows: [Row] = []
        var places: [String: Int] = [:]
        for active in progress.active {
            guard let group = progress.groups[active.stage] else {
                rows.append(Row(name: active.stage.description, active: active))
                continue
            }
            if let place = places[active.stage.name] {
                rows[place].running += 1
                if active.started < rows[place].active.started { rows[place].active = active }
            } else {
                places[active.stage.name] = rows.count
                rows.append(Row(name: active.stage.name, active: active, group: group))
            }
        }
        return rows
    }

    private static func line(
        _ row: Row, now: Double, nameWidth: Int, width: Int, style: TextStyle
    ) -> String {
        guard let group = row.group else {
            return line(row.active, now: now, nameWidth: nameWidth, width: width, style: style)
        }
        let name = row.name.escapedForDisplay.truncated(toWidth: nameWidth).padded(toWidth: nameWidth)
        var detail = "\(Amounts.grouped(group.ended)) of \(Amounts.grouped(group.total)) instances"
        if let failed = group.counts[.failed] { detail += ", \(Amounts.grouped(failed)) failed" }
        detail += "  \(Amounts.grouped(row.running)) running for \(Amounts.seconds(now - row.active.started))"
        return line(
            name, fraction: Double(group.ended) / Double(max(1, group.total)), detail, nameWidth: nameWidth,
            width: width, style: style)
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
            let over = now - active.started - expected
            detail +=
                over > 1
                ? ", \(Amounts.seconds(over)) longer than before" : " of about \(Amounts.seconds(expected))"
        }
        return line(
            name, fraction: fraction(active, now: now), detail, nameWidth: nameWidth, width: width,
            style: style)
    }

    private static func line(
        _ name: String, fraction: Double?, _ detail: String, nameWidth: Int, width: Int, style: TextStyle
    ) -> String {
        let barWidth = width - nameWidth - 40 >= 10 ? 16 : 0
        let bar = barWidth > 0 ? bar(fraction, width: barWidth) + "  " : ""
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
        } else if let remaining = progress.remaining(now: now, cpus: cpus) {
            parts.append(words(remaining))
        }
        return parts.joined(separator: " · ")
    }

    private static func words(_ remaining: RunProgress.Remaining) -> String {
        func more(_ untimed: Int) -> String {
            untimed > 0 ? " and \(Amounts.count(untimed, "stage")) never timed" : ""
        }
        switch remaining {
        case .about(let seconds, let untimed):
            return "about \(Amounts.seconds(max(1, seconds.rounded(.up)))) left\(more(untimed))"
        case .overdue(let seconds, 0): return "\(Amounts.seconds(max(1, seconds))) longer than before"
        case .overdue(_, let untimed): return "\(Amounts.count(untimed, "stage")) never timed left"
        }
    }
}
