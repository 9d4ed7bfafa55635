import ArtifactStore
import Dataflow
import StageSchemas

/// A comparison for people and for programs.
extension RunComparison {
    /// The comparison as titled tables.
    var findings: Findings {
        var findings = Findings()
        findings.add("\(Self.title(before.run)) → \(Self.title(after.run))", headline)
        findings.add(
            "Parameters",
            TextTable(
                ["parameter", ">before", ">after"],
                rows: parameters.map { [$0.name, Self.word($0.before), Self.word($0.after)] }))
        findings.add(
            "Stages",
            TextTable(
                ["stage", "before", "after", "difference"],
                rows: stages.map { change in
                    [
                        change.stage, change.before?.rawValue ?? "–", change.after?.rawValue ?? "–",
                        change.kind.phrase,
                    ]
                }))
        findings.add(
            "Metrics",
            TextTable(
                ["stage", "metric", ">before", ">after", ">difference"],
                rows: metrics.map { change in
                    [
                        change.stage, change.name, change.before.map(Amounts.number) ?? "–",
                        change.after.map(Amounts.number) ?? "–",
                        change.difference.map { ($0 > 0 ? "+" : "") + Amounts.number($0) } ?? "",
                    ]
                }))
        return findings
    }

    private var headline: [String] {
        var sentences: [String] = []
        for side in [before, after] {
            var parts = ["run \(side.run.id)"]
            if let finished = side.run.finished {
                parts.append("took \(Amounts.seconds(finished - side.run.started))")
            }
            parts.append("\(side.run.counts[.ran] ?? 0) ran, \(side.run.counts[.cached] ?? 0) cached")
            if side.secondsSaved > 0 { parts.append("the cache saved \(Amounts.seconds(side.secondsSaved))") }
            if let note = side.run.note { parts.append("note: \(note)") }
            sentences.append(parts.joined(separator: "; "))
        }
        sentences.append(
            "stages: \(Amounts.grouped(stages.count)) different, \(Amounts.grouped(equalCount)) the same; metrics: "
                + "\(Amounts.grouped(metrics.count)) different, \(Amounts.grouped(equalMetricCount)) the same"
        )
        return sentences
    }

    private static func title(_ run: RunRecord) -> String {
        "\(run.pipeline), run \(run.id)" + (run.name.map { " (\($0))" } ?? "")
    }

    private static func word(_ value: Value?) -> String { value?.description ?? "–" }

    /// ```
    /// {"before", "after": {"run", "pipeline", "name", "note", "started", "seconds", "secondsSaved"},
    ///  "parameters": [{"name", "before", "after"}],
    ///  "stages": [{"name", "difference", "reasons", "before", "after"}], "equalStages",
    ///  "metrics": [{"stage", "name", "before", "after", "difference"}], "equalMetrics"}
    /// ```
    var document: Value {
        [
            "before": Self.side(before), "after": Self.side(after),
            "parameters": .list(
                parameters.map {
                    ["name": .string($0.name), "before": $0.before ?? .null, "after": $0.after ?? .null]
                }),
            "stages": .list(
                stages.map { change in
                    [
                        "name": .string(change.stage), "difference": .string(change.kind.word),
                        "reasons": .list(change.kind.reasons.map(\.record)),
                        "before": change.before.map { .string($0.rawValue) } ?? .null,
                        "after": change.after.map { .string($0.rawValue) } ?? .null,
                    ]
                }),
            "equalStages": .integer(equalCount),
            "metrics": .list(
                metrics.map { change in
                    [
                        "stage": .string(change.stage), "name": .string(change.name),
                        "before": Value(change.before), "after": Value(change.after),
                        "difference": Value(change.difference),
                    ]
                }),
            "equalMetrics": .integer(equalMetricCount),
        ]
    }

    private static func side(_ side: Side) -> Value {
        [
            "run": .integer(side.run.id.number), "pipeline": .string(side.run.pipeline),
            "name": side.run.name.map { .string($0) } ?? .null,
            "note": side.run.note.map { .string($0) } ?? .null, "started": .number(side.run.started),
            "seconds": Value(side.run.finished.map { $0 - side.run.started }),
            "secondsSaved": .number(side.secondsSaved),
        ]
    }
}

extension RunComparison.StageChange.Kind {
    /// The difference in a few words.
    var phrase: String {
        switch self {
        case .added: "new"
        case .removed: "removed"
        case .changed(let reasons): reasons.phrase
        case .unknown(let count): count == 2 ? "neither run has a result" : "one of the runs has no result"
        }
    }

    /// The difference as a word for programs.
    var word: String {
        switch self {
        case .added: "added"
        case .removed: "removed"
        case .changed: "changed"
        case .unknown: "unknown"
        }
    }

    /// Why its work is not the same.
    var reasons: [Staleness] {
        if case .changed(let reasons) = self { return reasons }
        return []
    }
}

extension Value {
    /// A number that JSON can express, or null.
    init(_ number: Double?) {
        self = number.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
    }
}
