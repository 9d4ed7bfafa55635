import Arguments
import ArtifactStore
import Dataflow
import Files
import PipelineFiles
import StageSchemas
import Texts

/// `sluice logs`: what a stage printed.
enum LogsCommand: Command {
    struct Values: CommandValues {
        var stage = ""
        var run: Int?
        var pipeline: String?
        var isJSON = false
        var follows = false
        var showsCommand = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "logs",
        summary: "Print the output of a stage's latest run or failure, or of the one in progress.",
        operands: [
            Operand("STAGE", .one, "The stage, such as model[fold=0], or model for all its instances.") {
                $0.stage = $1
            }
        ],
        options: [
            .integer("--run", placeholder: "N", within: 1...Int.max, sets: \.run, "Only in this run."),
            .text(
                "--pipeline", placeholder: "NAME", sets: \.pipeline, "Only in this pipeline."),
            .flag(
                "-f", "--follow", sets: \.follows,
                "Print what the running stage writes, as it comes, until the stage ends."),
            .flag(
                "--command", sets: \.showsCommand,
                "Print the stage's command instead, with its parameters' values."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        if values.showsCommand { return try showCommand(values, in: session) }
        let store = try session.requiredStore()
        guard !(values.follows && values.isJSON) else {
            throw CommandFailure.usage("--follow and --json cannot be combined")
        }
        if values.follows {
            guard let attempt = RunningAttempt.latest(of: values.stage, in: store.workFolder) else {
                session.note("the stage '\(values.stage.escapedForDisplay)' is not running")
                return .done
            }
            try attempt.follow { session.terminal.write($0, to: .output) }
            return .done
        }
        let records = try records(values, store.catalog, session)
        guard !records.isEmpty else {
            throw CommandFailure.usage(
                "no run has a stage '\(values.stage)'; `sluice runs` lists runs, `sluice status` stages"
            )
        }
        // The latest record of each instance.
        var seen: Set<String> = []
        let latest = records.filter { seen.insert($0.stage).inserted }.sorted {
            $0.stage.precedesNaturally($1.stage)
        }
        if values.isJSON {
            session.print(.list(try latest.map { try document($0, store) }))
            return .done
        }
        for record in latest {
            let seconds = record.seconds.map { " in " + Amounts.seconds($0) } ?? ""
            session.note(
                "── \(record.stage.escapedForDisplay), run \(record.run): \(record.disposition.rawValue)\(seconds)"
            )
            if let message = record.message { session.note(message.escapedForDisplay) }
            guard let log = record.log, try store.artifacts.holds(log) else {
                session.note("(no output)")
                continue
            }
            try store.catalog.forEachPiece(of: log) { session.terminal.write($0, to: .output) }
        }
        return .done
    }

    /// The records of a stage in one pipeline: the one that the command line names, or that ran last.
    private static func records(
        _ values: Values, _ catalog: Catalog, _ session: Session
    ) throws -> [StageRecord] {
        let run = values.run.map { RunID($0) }
        let records = try catalog.stageRecords(
            ofStage: values.stage, inPipeline: values.pipeline, run: run, limit: 1000)
        guard values.pipeline == nil, run == nil else { return records }
        var pipelines: [String] = []
        for run in Set(records.map(\.run)).sorted(by: { $0.number > $1.number }) {
            guard let pipeline = try catalog.run(run)?.pipeline else { continue }
            if !pipelines.contains(where: { $0.hasSameBytes(as: pipeline) }) { pipelines.append(pipeline) }
        }
        guard let first = pipelines.first, pipelines.count > 1 else { return records }
        let others = pipelines.dropFirst().prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        session.note(
            "\(values.stage.escapedForDisplay): using that of '\(first)', which ran last; \(others) also has one; "
                + "choose another with --pipeline")
        return try catalog.stageRecords(ofStage: values.stage, inPipeline: first, limit: 1000)
    }

    /// The maximum number of bytes of a log in JSON; of a longer log, the end.
    private static let documentBytes = 1 << 20

    /// `{"run", "name", "kind", "disposition", "message", "seconds", "log"}`; `log` is null if there is none.
    private static func document(_ record: StageRecord, _ store: ArtifactStore) throws -> Value {
        var log: Value = .null
        if let digest = record.log, try store.artifacts.holds(digest) {
            var bytes: [UInt8] = []
            try store.catalog.forEachPiece(of: digest) { piece in
                bytes = Array((bytes + piece).suffix(documentBytes))
            }
            log = .string(String(decoding: bytes, as: UTF8.self))
        }
        return [
            "run": .integer(record.run.number), "name": .string(record.stage), "kind": .string(record.kind),
            "disposition": .string(record.disposition.rawValue),
            "message": record.message.map { .string($0) } ?? .null,
            "seconds": record.seconds.map { .number($0) } ?? .null, "log": log,
        ]
    }

    private static func showCommand(_ values: Values, in session: Session) throws -> ExitStatus {
        let file = try session.pipelineFile(named: nil)
        let latest = try session.existingStore()?.catalog.runs(limit: 1).first { $0.file == file }
        let loaded = try latest.map { try session.loadPipeline(of: $0) } ?? session.loadPipeline(file)
        let pipeline = try session.known(loaded.pipeline)
        let ids = Set(try pipeline.stages(named: values.stage))
        let commands = try pipeline.stages.filter { ids.contains($0.id) }.map { stage in
            guard case .command(let command) = stage.work else {
                throw CommandFailure.usage(
                    "\(stage.id) is of the kind \(stage.work.kindName), which is not a command")
            }
            return (name: stage.id.description, command: command)
        }
        if values.isJSON {
            session.print(
                .list(
                    commands.map { name, command in
                        [
                            "name": .string(name),
                            "interpreter": .list(command.interpreter.map { .string($0) }),
                            "command": .string(command.text),
                        ]
                    }))
            return .done
        }
        for (name, command) in commands {
            session.note("── \(name.escapedForDisplay): " + command.interpreter.joined(separator: " "))
            session.print(command.text)
        }
        return .done
    }
}
