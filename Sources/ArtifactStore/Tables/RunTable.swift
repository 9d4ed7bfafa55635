internal import Clocks
internal import Dataflow
internal import Digests
internal import SQLite
internal import StageSchemas

/// The tables `run` and `run_stage`: invocations, and what happened to each stage in them.
struct RunTable {
    let connection: Connection
    let locks: ProcessLocks

    /// Adds an invocation by this process.
    func insert(_ description: RunDescription) throws -> RunID {
        try connection.run(
            """
            INSERT INTO run (pipeline, file, arguments, host, process, started, parameters, name, note)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(description.pipeline), .text(description.file),
            .text(Value.list(description.arguments.map { .string($0) }).json),
            .text(ProcessIdentity.hostName), .text(ProcessIdentity.current.text), .real(WallClock.seconds()),
            .text(Value.map(description.parameters).json), .text(orNull: description.name),
            .text(orNull: description.note))
        return RunID(connection.lastInsertedRow)
    }

    /// Records how an invocation ended.
    func end(_ run: RunID, _ outcome: RunOutcome) throws {
        try connection.run(
            "UPDATE run SET finished = ?, outcome = ? WHERE id = ?", .real(WallClock.seconds()),
            .text(outcome.rawValue), .integer(run.number))
    }

    /// The processes of the invocations that have not ended.
    func processesOfUnfinished() throws -> [ProcessIdentity] {
        try connection.rows("SELECT DISTINCT process FROM run WHERE finished IS NULL") {
            ProcessIdentity(text: $0.text("process") ?? "")
        }.compactMap { $0 }
    }

    /// Records that a process's invocations have ended without success.
    func end(of process: ProcessIdentity) throws {
        try connection.run(
            "UPDATE run SET finished = ?, outcome = ? WHERE process = ? AND finished IS NULL",
            .real(WallClock.seconds()), .text(RunOutcome.failed.rawValue), .text(process.text))
    }

    /// The pipeline of an invocation.
    ///
    /// - Throws: `StoreError.missing` if there is none with this ID.
    func pipeline(of run: RunID) throws -> String {
        let sql = "SELECT pipeline FROM run WHERE id = ?"
        guard let pipeline = try connection.first(sql, .integer(run.number), map: { $0.text("pipeline") })
        else {
            throw StoreError(.missing, "the store has no run \(run)")
        }
        return pipeline ?? ""
    }

    /// Records a stage that was not just looked up.
    func insert(_ result: StageResult, run: RunID, trace: Int?, log: Int?) throws {
        let reasons = result.reasons.isEmpty ? "[]" : Value.list(result.reasons.map(\.record)).json
        let ran = result.disposition == .ran ? result.trace : nil
        try connection.run(
            """
            INSERT INTO run_stage
                (run, stage, kind, key, trace, disposition, reasons, message, seconds, log, started)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(run.number), .text(result.stage.description), .text(result.kind),
            .blob(orNull: result.key?.digest.bytes), .integer(orNull: trace),
            .text(result.disposition.rawValue), .text(reasons), .text(orNull: result.message),
            ran.map { .real($0.cost.wallSeconds) } ?? .null, .integer(orNull: log),
            result.started.map { .real($0) } ?? .null)
    }

    /// Records a stage that was only looked up.
    func insert(hit: StageResult, stage: String, run: RunID, trace: Int?) throws {
        try connection.run(
            """
            INSERT INTO run_stage (run, stage, kind, key, trace, disposition, reasons)
            VALUES (?, ?, ?, ?, ?, 'cached', '[]')
            """, .integer(run.number), .text(stage), .text(hit.kind),
            .blob(orNull: hit.key?.digest.bytes), .integer(orNull: trace))
    }

    /// The latest records of a stage, or of all instances of the stage with this name, newest first.
    func stages(_ stage: String, ofPipeline pipeline: String?, run: RunID?, limit: Int) throws
        -> [StageRecord]
    {
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
                reasons: JSONColumn.list(row.text("reasons")).compactMap { Staleness(record: $0) },
                message: row.text("message"), log: row.withBlob("log") { Digest(bytes: $0) },
                seconds: row.isNull("seconds")
                    ? nil : try row.seconds("seconds", of: "'\(stage)' in run \(run)"))
        }
    }

    /// Descriptions of the active invocations.
    func active() throws -> [String] {
        let now = WallClock.seconds()
        return try connection.rows(
            """
            SELECT r.id AS id, r.pipeline AS pipeline, r.process AS process, r.started AS started,
                (SELECT max(expires) FROM lease l WHERE l.process = r.process) AS expires
            FROM run r WHERE r.finished IS NULL ORDER BY r.id
            """
        ) { row -> String? in
            guard let process = ProcessIdentity(text: row.text("process") ?? "") else { return nil }
            // Whether a process of an older version on another host is alive cannot be checked: its claims decide or, if it has
            // none, whether it started within a day. Dates in the future do not count.
            let isRecent =
                (now...now + 2 * LeaseTable.lifetime).contains(row.real("expires"))
                || (now - 86_400...now + 60).contains(row.real("started"))
            guard locks.isAlive(process) ?? isRecent else { return nil }
            return "run \(row.integer("id")) of \(row.text("pipeline") ?? "?"), \(process.phrase)"
        }.compactMap { $0 }
    }

    /// The stages that a trace was produced or reused for, as `pipeline:stage`.
    func stages(ofTrace trace: Int) throws -> [String] {
        try connection.rows(
            """
            SELECT DISTINCT r.pipeline || ':' || x.stage AS stage FROM run_stage x JOIN run r ON r.id = x.run
            WHERE x.trace = ? ORDER BY 1
            """, .integer(trace)
        ) { $0.text("stage") ?? "" }
    }

    /// Calls `body` with each invocation, newest first.
    func forEach(_ body: (_ run: Int, _ pipeline: String, _ hasSucceeded: Bool) -> Void) throws {
        try connection.forEachRow("SELECT id, pipeline, outcome FROM run ORDER BY id DESC") { row in
            let hasSucceeded = row.text("outcome") == RunOutcome.succeeded.rawValue
            body(row.integer("id"), row.text("pipeline") ?? "", hasSucceeded)
        }
    }

    /// Calls `body` with each trace that an invocation produced or reused.
    func forEachTrace(of run: Int, _ body: (_ trace: Int) -> Void) throws {
        let sql = "SELECT trace FROM run_stage WHERE run = ? AND trace IS NOT NULL"
        try connection.forEachRow(sql, [.integer(run)]) { body($0.integer("trace")) }
    }

    /// Calls `body` with the log of each failure, and the start time of its invocation.
    func forEachLog(_ body: (_ run: Int, _ log: Int, _ started: Double) -> Void) throws {
        let sql = """
            SELECT x.run AS run, x.log AS log, r.started AS started
            FROM run_stage x JOIN run r ON r.id = x.run WHERE x.log IS NOT NULL
            """
        try connection.forEachRow(sql) { row in
            let run = row.integer("run")
            body(run, row.integer("log"), try row.seconds("started", of: "run \(run)"))
        }
    }

    /// Impossible values.
    static let checks = [
        RowCheck(
            query: """
                SELECT id AS id, 'run ' || id AS name FROM run
                WHERE started NOT \(RowCheck.seconds) OR coalesce(finished, 0) NOT \(RowCheck.seconds)
                """,
            consequence: "its times will be dropped",
            repairs: ["UPDATE run SET started = 0, finished = 0 WHERE id = ?"]),
        RowCheck(
            query: """
                SELECT DISTINCT run AS id, 'a stage of run ' || run AS name FROM run_stage
                WHERE seconds NOT \(RowCheck.seconds) OR started NOT \(RowCheck.seconds)
                """,
            consequence: "its time will be dropped",
            repairs: [
                "UPDATE run_stage SET seconds = NULL WHERE run = ? AND seconds NOT \(RowCheck.seconds)",
                "UPDATE run_stage SET started = NULL WHERE run = ? AND started NOT \(RowCheck.seconds)",
            ]
        ),
    ]
}
