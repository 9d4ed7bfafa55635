internal import Dataflow
internal import Digests
internal import SQLite
internal import StageSchemas

/// What users see of invocations.
extension RunTable {
    /// The latest invocations, newest first.
    func latest(ofPipeline pipeline: String?, limit: Int) throws -> [RunRecord] {
        try records(
            "WHERE ?1 IS NULL OR pipeline = ?1 ORDER BY id DESC LIMIT ?2", .text(orNull: pipeline),
            .integer(limit))
    }

    /// The invocation with this number; nil if there is none.
    func run(_ id: RunID) throws -> RunRecord? {
        try records("WHERE id = ?", .integer(id.number)).first
    }

    /// The latest invocation with this name; nil if there is none.
    func run(named name: String) throws -> RunRecord? {
        try records("WHERE name = ? ORDER BY id DESC LIMIT 1", .text(name)).first
    }

    private func records(_ condition: String, _ values: Argument...) throws -> [RunRecord] {
        let columns =
            "id, pipeline, file, arguments, started, finished, outcome, process, parameters, name, note"
        var runs: [RunRecord] = []
        try connection.forEachRow("SELECT \(columns) FROM run \(condition)", values) { row in
            let id = row.integer("id")
            let finished = row.isNull("finished") ? nil : try row.seconds("finished", of: "run \(id)")
            let process = ProcessIdentity(text: row.text("process") ?? "")
            runs.append(
                RunRecord(
                    id: RunID(id), pipeline: row.text("pipeline") ?? "", file: row.text("file") ?? "",
                    arguments: JSONColumn.list(row.text("arguments")).map(\.description),
                    parameters: JSONColumn.map(row.text("parameters")), name: row.text("name"),
                    note: row.text("note"), started: try row.seconds("started", of: "run \(id)"),
                    finished: finished, outcome: row.text("outcome").flatMap { RunOutcome(rawValue: $0) },
                    isRunning: finished == nil && process.flatMap { locks.isAlive($0) } != false, counts: [:])
            )
        }
        return try runs.map { run in
            var run = run
            run.counts = try counts(of: run.id)
            return run
        }
    }

    /// The number of stages of an invocation with each disposition.
    private func counts(of run: RunID) throws -> [Disposition: Int] {
        var counts: [Disposition: Int] = [:]
        let sql = "SELECT disposition, count(*) AS count FROM run_stage WHERE run = ? GROUP BY 1"
        try connection.forEachRow(sql, [.integer(run.number)]) { row in
            guard let disposition = Disposition(rawValue: row.text("disposition") ?? "") else { return }
            counts[disposition] = row.integer("count")
        }
        return counts
    }

    /// What happened to each stage in an invocation, by name.
    func stages(of run: RunID) throws -> [RunStageRecord] {
        try connection.rows(
            """
            SELECT x.stage AS stage, x.kind AS kind, x.disposition AS disposition, x.reasons AS reasons,
                x.message AS message, x.trace AS trace, x.started AS started,
                (SELECT digest FROM object o WHERE o.id = coalesce(x.log, t.log)) AS log, t.metrics AS metrics, t.wall_seconds AS wall_seconds,
                t.cpu_seconds AS cpu_seconds, t.peak_memory AS peak_memory
            FROM run_stage x LEFT JOIN trace t ON t.id = x.trace WHERE x.run = ? ORDER BY x.stage
            """, .integer(run.number)
        ) { row in
            let stage = row.text("stage") ?? ""
            let owner = "'\(stage)' in run \(run)"
            return RunStageRecord(
                stage: stage, kind: row.text("kind") ?? "",
                disposition: Disposition(rawValue: row.text("disposition") ?? "") ?? .failed,
                reasons: JSONColumn.list(row.text("reasons")).compactMap { Staleness(record: $0) },
                message: row.text("message"),
                trace: row.isNull("trace") ? nil : TraceID(row.integer("trace")),
                log: row.withBlob("log") { Digest(bytes: $0) },
                metrics: JSONColumn.numbers(row.text("metrics")),
                started: row.isNull("started") ? nil : try row.seconds("started", of: owner),
                cost: row.isNull("wall_seconds")
                    ? nil
                    : Cost(
                        wallSeconds: try row.seconds("wall_seconds", of: owner),
                        cpuSeconds: try row.seconds("cpu_seconds", of: owner),
                        peakMemory: try row.count("peak_memory", of: owner)))
        }
    }

    /// The latest invocation that had instances of a stage; nil if there is none.
    func latest(withInstancesOf stage: String, pipeline: String?) throws -> RunID? {
        try connection.first(
            """
            SELECT r.id AS id FROM run r WHERE (?3 IS NULL OR r.pipeline = ?3) AND EXISTS (
                SELECT 1 FROM run_stage x WHERE x.run = r.id AND x.stage >= ?1 AND x.stage < ?2)
            ORDER BY r.id DESC LIMIT 1
            """, .text(stage + "["), .text(stage + "\\"), .text(orNull: pipeline)
        ) { RunID($0.integer("id")) }
    }

    /// The latest invocation that named no stages and had instances of this one; nil if there is none.
    func latestWhole(withInstancesOf stage: String, pipeline: String) throws -> RunID? {
        let found = try connection.rows(
            """
            SELECT r.id AS id, r.arguments AS arguments FROM run r WHERE r.pipeline = ?3 AND EXISTS (
                SELECT 1 FROM run_stage x WHERE x.run = r.id AND x.stage >= ?1 AND x.stage < ?2)
            ORDER BY r.id DESC LIMIT 10000
            """, .text(stage + "["), .text(stage + "\\"), .text(pipeline)
        ) { row in
            (run: RunID(row.integer("id")), words: JSONColumn.list(row.text("arguments")).map(\.description))
        }
        return found.first { RunArguments($0.words).areOfAllStages }?.run
    }

    /// The names of a stage's instances in an invocation, in their order.
    func instances(of stage: String, run: RunID) throws -> [String] {
        try connection.rows(
            "SELECT stage FROM run_stage WHERE run = ?3 AND stage >= ?1 AND stage < ?2 ORDER BY stage",
            .text(stage + "["), .text(stage + "\\"), .integer(run.number)
        ) { $0.text("stage") ?? "" }
    }

    /// The results of a stage's instances in an invocation, in the order of their names.
    func traces(ofInstancesOf stage: String, run: RunID) throws -> [(stage: String, trace: Int)] {
        try connection.rows(
            """
            SELECT stage, trace FROM run_stage
            WHERE run = ?3 AND stage >= ?1 AND stage < ?2 AND trace IS NOT NULL ORDER BY stage
            """, .text(stage + "["), .text(stage + "\\"), .integer(run.number)
        ) { (stage: $0.text("stage") ?? "", trace: $0.integer("trace")) }
    }

    /// The latest invocation in which a stage made an artifact or read it; nil if there is none.
    func latest(with artifact: Digest) throws -> RunID? {
        try connection.first(
            """
            SELECT max(x.run) AS run FROM run_stage x WHERE x.trace IN (
                SELECT p.trace FROM trace_output p JOIN object o ON o.id = p.object WHERE o.digest = ?1
                UNION SELECT trace FROM trace_input WHERE digest = ?1)
            """, .blob(artifact.bytes)
        ) { $0.isNull("run") ? nil : RunID($0.integer("run")) } ?? nil
    }

    /// The latest invocation in which a stage made an artifact; nil if there is none.
    ///
    /// - Parameters:
    ///   - stage: the stage's description; nil for any.
    ///   - pipeline: the pipeline; nil for any.
    func latest(making artifact: Digest, stage: String?, pipeline: String?) throws -> RunID? {
        try connection.first(
            """
            SELECT max(x.run) AS run FROM run_stage x WHERE x.trace IN (
                SELECT p.trace FROM trace_output p JOIN object o ON o.id = p.object WHERE o.digest = ?1)
                AND (?2 IS NULL OR x.stage = ?2)
                AND (?3 IS NULL OR (SELECT r.pipeline FROM run r WHERE r.id = x.run) = ?3)
            """, .blob(artifact.bytes), .text(orNull: stage), .text(orNull: pipeline)
        ) { $0.isNull("run") ? nil : RunID($0.integer("run")) } ?? nil
    }

    /// The metrics of each stage of an invocation that has some.
    func metrics(of run: RunID) throws -> [(stage: String, metrics: [String: Double])] {
        try connection.rows(
            """
            SELECT x.stage AS stage, t.metrics AS metrics FROM run_stage x JOIN trace t ON t.id = x.trace
            WHERE x.run = ? AND t.metrics <> '{}' ORDER BY x.stage
            """, .integer(run.number)
        ) { row in (stage: row.text("stage") ?? "", metrics: JSONColumn.numbers(row.text("metrics"))) }
    }

    /// The run that made each stage's result in an invocation, and when it began; without results that no run made.
    func origins(ofResultsIn run: RunID) throws -> [(stage: String, run: RunID, started: Double?)] {
        try connection.rows(
            """
            SELECT x.stage AS stage, min(y.run) AS run, y.started AS started
            FROM run_stage x JOIN run_stage y ON y.trace = x.trace AND y.disposition = 'ran'
            WHERE x.run = ? GROUP BY x.stage
            """, .integer(run.number)
        ) { row in
            let stage = row.text("stage") ?? ""
            return (
                stage: stage, run: RunID(row.integer("run")),
                started: row.isNull("started")
                    ? nil : try row.seconds("started", of: "'\(stage)' in run \(run)")
            )
        }
    }
}
