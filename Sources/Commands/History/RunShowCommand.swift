import Arguments
import ArtifactStore
import Clocks
import Dataflow
import Digests
import StageSchemas
import Texts

/// `sluice runs show`: what each stage did in a run, why, what it cost and what it measured.
enum RunShowCommand: Command {
    struct Values: CommandValues {
        var run: String?
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "runs show", summary: "Show a run: what each stage did, why, its cost and its metrics.",
        operands: [Operand("RUN", .optional, RunChoice.help + " Default: the latest run.") { $0.run = $1 }],
        options: [.json(\.isJSON), .directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let catalog = try session.requiredStore().catalog
        let run = try values.run.map { try RunChoice.find($0, catalog) } ?? RunChoice.latest(1, catalog)[0]
        let stages = try catalog.stages(of: run.id).sorted { $0.stage.precedesNaturally($1.stage) }
        if values.isJSON {
            var document = RunsCommand.fields(run)
            document["stages"] = .list(
                try stages.map { stage in
                    Self.document(of: stage, try stage.trace.flatMap { try catalog.trace($0) })
                })
            session.print(.map(document))
            return .done
        }
        let size = session.terminal.size(.output)
        session.print(
            findings(run, stages).text(width: size.columns, style: session.terminal.style(.output)))
        return .done
    }

    private static func findings(_ run: RunRecord, _ stages: [RunStageRecord]) -> Findings {
        var findings = Findings()
        let name = run.name.map { " (\($0))" } ?? ""
        var facts = [
            "\(RunsCommand.outcome(run)), started \(Amounts.ago(run.started, now: WallClock.seconds()))"
                + (run.finished.map { ", took \(Amounts.seconds($0 - run.started))" } ?? ""),
            "sluice " + run.arguments.joined(separator: " "),
        ]
        if let note = run.note { facts.append("note: " + note) }
        findings.add("\(run.pipeline), run \(run.id)\(name)", facts)
        findings.add(
            "Parameters",
            TextTable(
                ["parameter", ">value"],
                rows: RunComparison.flat(run.parameters).sorted { $0.key.precedesByBytes($1.key) }.map {
                    [$0.key, $0.value.description]
                }))
        findings.add(
            "Stages",
            TextTable(
                ["stage", "kind", "outcome", ">took", ">CPU", ">memory", "reason"],
                rows: stages.map { stage in
                    [
                        stage.stage, stage.kind, stage.disposition.rawValue,
                        stage.cost.map { Amounts.seconds($0.wallSeconds) } ?? "",
                        stage.cost.map { Amounts.seconds($0.cpuSeconds) } ?? "",
                        stage.cost.map { Amounts.bytes($0.peakMemory) } ?? "",
                        stage.message ?? stage.reasons.phrase,
                    ]
                }))
        findings.add(
            "Metrics",
            TextTable(
                ["stage", "metric", ">value"],
                rows: stages.flatMap { stage in
                    stage.metrics.sorted { $0.key.precedesByBytes($1.key) }.map {
                        [stage.stage, $0.key, Amounts.number($0.value)]
                    }
                }))
        return findings
    }

    /// `{"name", "kind", "key", "disposition", "reasons", "message", "metrics", "started", "seconds", "cpuSeconds",
    /// "peakMemory", "outputs"}`.
    private static func document(of stage: RunStageRecord, _ trace: Trace?) -> Value {
        [
            "name": .string(stage.stage), "kind": .string(stage.kind),
            "key": trace.map { .string($0.key.description) } ?? .null,
            "disposition": .string(stage.disposition.rawValue),
            "reasons": .list(stage.reasons.map(\.record)),
            "message": stage.message.map { .string($0) } ?? .null,
            "metrics": .map(stage.metrics.mapValues { Value($0) }),
            "started": Value(stage.started), "seconds": Value(stage.cost?.wallSeconds),
            "outputs": .map((trace?.outputs ?? [:]).mapValues { .string($0.digest.hexadecimal) }),
            "cpuSeconds": Value(stage.cost?.cpuSeconds),
            "peakMemory": stage.cost.map { .integer($0.peakMemory) } ?? .null,
        ]
    }
}
