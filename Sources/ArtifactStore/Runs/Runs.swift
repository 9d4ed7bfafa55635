public import Dataflow
public import Digests
internal import Files
internal import SQLite
internal import StageSchemas

extension ArtifactStore {
    /// Starts the record of an invocation.
    public func beginRun(_ description: RunDescription) throws -> RunID {
        try withConnection { connection in
            try connection.run(
                "INSERT INTO run (pipeline, file, arguments, host, process, started) VALUES (?, ?, ?, ?, ?, ?)",
                .text(description.pipeline), .text(description.file),
                .text(Value.list(description.arguments.map { .string($0) }).json),
                .text(ProcessIdentity.hostName), .text(ProcessIdentity.current.text), .real(Self.now()))
            return RunID(connection.lastInsertedRow)
        }
    }

    /// Ends it.
    public func endRun(_ run: RunID, outcome: RunOutcome) throws {
        try withConnection { connection in
            try connection.run(
                "UPDATE run SET finished = ?, outcome = ? WHERE id = ?", .real(Self.now()),
                .text(outcome.rawValue), .integer(run.number))
        }
    }

    /// One invocation, for people.
    public struct RunRecord: Sendable {
        /// Its number.
        public let id: RunID
        /// The pipeline's name.
        public let pipeline: String
        /// The pipeline file as the user named it.
        public let file: String
        /// The command line's words.
        public let arguments: [String]
        /// Seconds since 1970.
        public let started: Double
        /// Seconds since 1970; nil while it is running, or where it was killed.
        public let finished: Double?
        /// How it ended; nil as above.
        public let outcome: RunOutcome?
        /// Whether its process lives.
        public let isRunning: Bool
        /// How many stages had each disposition.
        public let counts: [Disposition: Int]
    }

    /// The latest invocations, the newest first.
    public func runs(ofPipeline pipeline: String? = nil, limit: Int = 20) throws -> [RunRecord] {
        try withConnection { connection in
            let rows = try connection.rows(
                """
                SELECT id, pipeline, file, arguments, started, finished, outcome, process FROM run
                WHERE ?1 IS NULL OR pipeline = ?1 ORDER BY id DESC LIMIT ?2
                """, .text(orNull: pipeline), .integer(limit)
            ) { row in
                let id = row.integer("id")
                let finished = row.isNull("finished") ? nil : try row.seconds("finished", of: "run \(id)")
                let process = ProcessIdentity(text: row.text("process") ?? "")
                return RunRecord(
                    id: RunID(id), pipeline: row.text("pipeline") ?? "", file: row.text("file") ?? "",
                    arguments: Self.list(row.text("arguments")).map(\.description),
                    started: try row.seconds("started", of: "run \(id)"),
                    finished: finished, outcome: row.text("outcome").flatMap { RunOutcome(rawValue: $0) },
                    isRunning: finished == nil && process?.isAlive != false, counts: [:])
            }
            return try rows.map { record in
                var counts: [Disposition: Int] = [:]
                try connection.forEachRow(
                    "SELECT disposition, count(*) AS count FROM run_stage WHERE run = ? GROUP BY 1",
                    [.integer(record.id.number)]
                ) { row in
                    guard let disposition = Disposition(rawValue: row.text("disposition") ?? "") else {
                        return
                    }
                    counts[disposition] = row.integer("count")
                }
                return RunRecord(
                    id: record.id, pipeline: record.pipeline, file: record.file, arguments: record.arguments,
                    started: record.started, finished: record.finished, outcome: record.outcome,
                    isRunning: record.isRunning, counts: counts)
            }
        }
    }

    /// What became of one stage in a run, for people.
    public struct StageRecord: Sendable {
        /// The run.
        public let run: RunID
        /// The stage's description.
        public let stage: String
        /// The kind's name.
        public let kind: String
        /// What became of it.
        public let disposition: Disposition
        /// Why it had to be done.
        public let reasons: [Staleness]
        /// The sentence of a failure.
        public let message: String?
        /// The captured log, of the failure or of the trace.
        public let log: Digest?
        /// The wall seconds of its trace.
        public let seconds: Double?
    }

    /// The latest records of a stage, the newest first; a stage is named by its description, or by its name for all
    /// instances.
    public func stageRecords(
        ofStage stage: String, inPipeline pipeline: String? = nil, run: RunID? = nil, limit: Int = 20
    ) throws -> [StageRecord] {
        try withConnection { connection in
            try connection.rows(
                """
                SELECT x.run AS run, x.stage AS stage, x.kind AS kind, x.disposition AS disposition,
                    x.reasons AS reasons, x.message AS message,
                    (SELECT digest FROM object o WHERE o.id = coalesce(x.log, t.log)) AS log,
                    coalesce(x.seconds, t.wall_seconds) AS seconds
                FROM run_stage x JOIN run r ON r.id = x.run LEFT JOIN trace t ON t.id = x.trace
                WHERE (x.stage = ?1 OR substr(x.stage, 1, length(?1) + 1) = ?1 || '[')
                    AND (?2 IS NULL OR r.pipeline = ?2) AND (?3 IS NULL OR x.run = ?3)
                ORDER BY x.run DESC, x.stage LIMIT ?4
                """, .text(stage), .text(orNull: pipeline), .integer(orNull: run?.number), .integer(limit)
            ) { row in
                let run = row.integer("run")
                let stage = row.text("stage") ?? ""
                return StageRecord(
                    run: RunID(run), stage: stage, kind: row.text("kind") ?? "",
                    disposition: Disposition(rawValue: row.text("disposition") ?? "") ?? .failed,
                    reasons: Self.list(row.text("reasons")).compactMap { Staleness(record: $0) },
                    message: row.text("message"), log: Digest(bytes: row.blob("log")),
                    seconds: row.isNull("seconds")
                        ? nil : try row.seconds("seconds", of: "'\(stage)' in run \(run)"))
            }
        }
    }
}
