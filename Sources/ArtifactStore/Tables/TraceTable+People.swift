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

    /// When a run last produced or reused the trace `t`.
    private static let used = """
        coalesce(
            (SELECT max(r.started) FROM run_stage x JOIN run r ON r.id = x.run WHERE x.trace = t.id), t.created)
        """

    /// The stages whose latest trace it is, as `pipeline:stage`.
    private func stages(of trace: Int) throws -> [String] {
        try connection.rows(
            "SELECT pipeline || ':' || name AS stage FROM stage WHERE trace = ? ORDER BY 1", .integer(trace)
        ) { $0.text("stage") ?? "" }
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
