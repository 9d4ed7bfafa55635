internal import Dataflow
internal import Digests
internal import SQLite

/// What users see of traces, and what decides which are collected.
extension TraceTable {
    /// What has produced an object, latest first, and when a run last produced or reused it.
    func producers(of object: Int) throws -> [(producer: ArtifactRecord.Producer, used: Double)] {
        let rows = try connection.rows(
            """
            SELECT t.id AS id, t.kind AS kind, p.name AS name, t.key AS key, t.wall_seconds AS wall_seconds,
                \(Self.used) AS used
            FROM trace_output p JOIN trace t ON t.id = p.trace WHERE p.object = ?
            ORDER BY t.created DESC, t.id DESC, p.name
            """, .integer(object)
        ) { row in
            let trace = row.integer("id")
            return (
                trace: trace, kind: row.text("kind") ?? "", output: row.text("name") ?? "",
                key: try row.digest("key", of: "trace \(trace)"),
                seconds: try row.seconds("wall_seconds", of: "trace \(trace)"),
                used: try row.seconds("used", of: "trace \(trace)")
            )
        }
        return try rows.map { row in
            let producer = ArtifactRecord.Producer(
                kind: row.kind, output: row.output, stages: try stages(of: row.trace), key: Key(row.key),
                seconds: row.seconds)
            return (producer, row.used)
        }
    }

    /// When a run last produced or reused the trace `t`: the latest run is the last in the index, however many there are.
    static let used = """
        coalesce(
            (SELECT r.started FROM run_stage x JOIN run r ON r.id = x.run WHERE x.trace = t.id
                ORDER BY x.run DESC LIMIT 1),
            t.created)
        """

    /// The stages whose latest trace it is, as `pipeline:stage`.
    private func stages(of trace: Int) throws -> [String] {
        try connection.rows(
            "SELECT pipeline || ':' || name AS stage FROM stage WHERE trace = ? ORDER BY 1", .integer(trace)
        ) { $0.text("stage") ?? "" }
    }

    /// The first instances of a stage that have results, each once.
    func instances(ofStage stage: String, pipeline: String?, limit: Int) throws -> [String] {
        try connection.rows(
            """
            SELECT DISTINCT name FROM stage WHERE name >= ?1 AND name < ?2 AND (?3 IS NULL OR pipeline = ?3)
            ORDER BY name LIMIT ?4
            """, .text(stage + "["), .text(stage + "\\"), .text(orNull: pipeline), .integer(limit)
        ) { $0.text("name") ?? "" }
    }

    /// What each stage's latest trace cost.
    func latestCosts(inPipeline pipeline: String) throws -> [String: Forecast.Cost] {
        var result: [String: Forecast.Cost] = [:]
        let sql = """
            SELECT s.name AS name, t.wall_seconds AS wall_seconds, t.cpu_seconds AS cpu_seconds,
                (SELECT total(o.size) FROM trace_output p JOIN object o ON o.id = p.object WHERE p.trace = t.id) AS bytes
            FROM stage s JOIN trace t ON t.id = s.trace WHERE s.pipeline = ?
            """
        try connection.forEachRow(sql, [.text(pipeline)]) { row in
            guard let name = row.text("name") else { return }
            result[name] = try ifSound { try cost(row) }
        }
        return result
    }

    /// The mean cost of the latest traces of a kind; nil if there are none.
    func latestCost(ofKind kind: String) throws -> Forecast.Cost? {
        try connection.first(
            """
            SELECT count(*) AS count, avg(wall_seconds) AS wall_seconds, avg(cpu_seconds) AS cpu_seconds,
                avg((SELECT total(o.size) FROM trace_output p JOIN object o ON o.id = p.object WHERE p.trace = t.id)) AS bytes
            FROM (SELECT id, wall_seconds, cpu_seconds FROM trace WHERE kind = ? ORDER BY id DESC LIMIT 20) t
            """, .text(kind)
        ) { row in
            row.integer("count") == 0 ? nil : try ifSound { try cost(row) }
        } ?? nil
    }

    private func cost(_ row: borrowing Row) throws -> Forecast.Cost {
        Forecast.Cost(
            seconds: try row.seconds("wall_seconds", of: "a trace"),
            cpuSeconds: try row.seconds("cpu_seconds", of: "a trace"), bytes: max(0, row.real("bytes")))
    }

    /// The kind of a trace; nil if there is none with this ID.
    func kind(of trace: Int) throws -> String? {
        try connection.first("SELECT kind FROM trace WHERE id = ?", .integer(trace)) { $0.text("kind") ?? "" }
    }

    /// Calls `body` with each trace and the time of its last use, longest unused first.
    func forEachByUse(_ body: (_ trace: Int, _ used: Double) -> Void) throws {
        try connection.forEachRow("SELECT t.id AS id, \(Self.used) AS used FROM trace t ORDER BY 2, 1") {
            row in
            let id = row.integer("id")
            body(id, try row.seconds("used", of: "trace \(id)"))
        }
    }

    /// Calls `body` with each trace and each object that is an output of it or its log.
    func forEachRoot(_ body: (_ trace: Int, _ object: Int) -> Void) throws {
        try connection.forEachRow("SELECT trace, object FROM trace_output") { row in
            body(row.integer("trace"), row.integer("object"))
        }
        try connection.forEachRow("SELECT id, log FROM trace WHERE log IS NOT NULL") { row in
            body(row.integer("id"), row.integer("log"))
        }
    }

    /// Calls `body` with each trace that has a pinned output.
    func forEachPinned(_ body: (_ trace: Int) -> Void) throws {
        let sql = "SELECT trace FROM trace_output WHERE object IN (SELECT object FROM pin)"
        try connection.forEachRow(sql) { body($0.integer("trace")) }
    }
}
