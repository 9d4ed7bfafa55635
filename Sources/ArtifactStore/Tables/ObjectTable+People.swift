internal import Dataflow
internal import Digests
internal import SQLite

/// What users see of artifacts.
extension ObjectTable {
    /// The IDs of the artifacts that stages have produced, most recently used first.
    ///
    /// - Parameters:
    ///   - pipeline: only those that are the latest result of a stage of this pipeline; nil for all.
    ///   - stage: only those of this stage, or of all instances of the stage with this name; nil for all.
    func made(pipeline: String?, stage: String?, limit: Int) throws -> [Int] {
        try connection.rows(
            """
            SELECT o.id AS id, max(\(TraceTable.used)) AS used
            FROM trace_output p JOIN object o ON o.id = p.object JOIN trace t ON t.id = p.trace
            WHERE (?1 IS NULL AND ?2 IS NULL) OR EXISTS (SELECT 1 FROM stage s WHERE s.trace = t.id
                AND (?1 IS NULL OR s.pipeline = ?1)
                AND (?2 IS NULL OR s.name = ?2 OR substr(s.name, 1, length(?2) + 1) = ?2 || '['))
            GROUP BY o.id ORDER BY used DESC, o.id DESC LIMIT ?3
            """, .text(orNull: pipeline), .text(orNull: stage), .integer(limit)
        ) { $0.integer("id") }
    }

    /// What is known about an artifact; nil if there is none with this ID.
    func record(_ id: Int) throws -> ArtifactRecord? {
        let producers = try TraceTable(connection: connection).producers(of: id)
        let pins = try PinTable(connection: connection).names(of: id)
        return try connection.first(
            """
            SELECT \(Self.artifactColumns), o.stored AS stored, o.damaged AS damaged, o.created AS created
            FROM object o WHERE o.id = ?
            """, .integer(id)
        ) { row in
            let artifact = try Self.artifact(row)
            let name = "the artifact \(artifact.digest.abbreviated)"
            let created = try row.seconds("created", of: name)
            return ArtifactRecord(
                artifact: artifact, storedSize: try row.count("stored", of: name),
                isDamaged: row.integer("damaged") != 0, created: created,
                used: producers.map(\.used).max() ?? created, pins: pins,
                producers: producers.map(\.producer))
        }
    }

    /// The number and total size of the artifacts that stages have produced.
    func madeTotals() throws -> (count: Int, size: Int) {
        try connection.first(
            """
            SELECT count(*) AS count, coalesce(sum(size), 0) AS size FROM object
            WHERE id IN (SELECT object FROM trace_output)
            """
        ) { row in
            (
                count: row.integer("count"),
                size: try row.count("size", atMost: Int.max, of: "all artifacts together")
            )
        } ?? (0, 0)
    }

    /// What each kind has produced, largest first.
    func sharesOfKinds() throws -> [StoreUsage.Share] {
        try shares(
            "SELECT DISTINCT t.kind AS name, p.object FROM trace_output p JOIN trace t ON t.id = p.trace")
    }

    /// The latest result of each stage, largest first.
    func sharesOfStages() throws -> [StoreUsage.Share] {
        try shares(
            """
            SELECT DISTINCT s.pipeline || ':' || s.name AS name, p.object
            FROM trace_output p JOIN stage s ON s.trace = p.trace
            """)
    }

    /// Sums the objects of a query that returns names and objects.
    private func shares(_ query: String) throws -> [StoreUsage.Share] {
        try connection.rows(
            """
            SELECT q.name AS name, count(*) AS count, sum(o.size) AS size, sum(o.stored) AS stored
            FROM (\(query)) q JOIN object o ON o.id = q.object GROUP BY q.name ORDER BY 4 DESC, 1
            """
        ) { row in
            let name = row.text("name") ?? ""
            return StoreUsage.Share(
                name: name, artifacts: row.integer("count"),
                size: try row.count("size", atMost: Int.max, of: "all of '\(name)'"),
                storedSize: try row.count("stored", atMost: Int.max, of: "all of '\(name)'"))
        }
    }
}
