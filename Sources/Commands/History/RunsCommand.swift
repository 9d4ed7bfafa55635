import Arguments
import ArtifactStore
import Clocks
import Dataflow
import StageSchemas

/// `sluice runs`: past runs, and how they ended.
enum RunsCommand: Command {
    struct Values: CommandValues {
        var pipeline: String?
        var limit: Int?
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "runs", summary: "List the latest runs, newest first.",
        options: [
            .text(
                "--pipeline", placeholder: "NAME", sets: \.pipeline, "Only runs of this pipeline."
            ),
            .integer(
                "-n", "--limit", placeholder: "N", within: 1...1_000_000, sets: \.limit,
                "List at most N; default 20."), .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let records =
            try session.existingStore()?.catalog.runs(ofPipeline: values.pipeline, limit: values.limit ?? 20)
            ?? []
        if values.isJSON {
            session.print(.list(records.map(document)))
            return .done
        }
        if records.isEmpty {
            let owner = values.pipeline.map { " of a pipeline '\($0.escapedForDisplay)'" } ?? ""
            session.note("There are no runs\(owner) yet.")
        }
        let now = WallClock.seconds()
        let table = TextTable(
            [
                ">run", "name", "pipeline", "started", ">took", "outcome", ">ran", ">cached", ">failed",
                "arguments",
            ],
            rows: records.map { record in
                [
                    String(record.id.number), record.name ?? "", record.pipeline,
                    Amounts.ago(record.started, now: now),
                    record.finished.map { Amounts.seconds($0 - record.started) } ?? "", outcome(record),
                    String(record.counts[.ran] ?? 0), String(record.counts[.cached] ?? 0),
                    String(record.counts[.failed] ?? 0), record.arguments.joined(separator: " "),
                ]
            })
        if !records.isEmpty {
            session.print(
                table.text(
                    width: session.terminal.size(.output).columns, style: session.terminal.style(.output)))
        }
        return .done
    }

    /// How a run ended, in a word.
    static func outcome(_ record: RunRecord) -> String {
        record.outcome?.rawValue ?? (record.isRunning ? "running" : "killed")
    }

    private static func document(_ record: RunRecord) -> Value { .map(fields(record)) }

    /// `{"run", "pipeline", "file", "arguments", "parameters", "name", "note", "started", "finished", "outcome", "counts"}`.
    static func fields(_ record: RunRecord) -> [String: Value] {
        [
            "run": .integer(record.id.number), "pipeline": .string(record.pipeline),
            "file": .string(record.file), "arguments": .list(record.arguments.map { .string($0) }),
            "parameters": .map(record.parameters), "name": record.name.map { .string($0) } ?? .null,
            "note": record.note.map { .string($0) } ?? .null,
            "started": .number(record.started), "finished": record.finished.map { .number($0) } ?? .null,
            "outcome": .string(outcome(record)),
            "counts": .map(
                record.counts.reduce(into: [:]) { $0[$1.key.rawValue] = .integer($1.value) }),
        ]
    }
}
