internal import Dataflow
public import Digests
internal import Files
internal import SQLite

extension ArtifactStore {
    /// The artifacts that stages have made, the last used first.
    ///
    /// - Parameters:
    ///   - pipeline: only those that are the latest result of a stage of this pipeline; nil for all.
    ///   - stage: only those of this stage, or of all instances of the stage of this name; nil for all.
    ///   - limit: the most records.
    public func artifacts(
        ofPipeline pipeline: String? = nil, stage: String? = nil, limit: Int = 1_000_000
    ) throws -> [ArtifactRecord] {
        try withConnection { connection in
            let ids = try connection.rows(
                """
                WITH last (trace, used) AS (
                    SELECT x.trace, max(r.started) FROM run_stage x JOIN run r ON r.id = x.run GROUP BY x.trace)
                SELECT o.id AS id, max(coalesce(last.used, t.created)) AS used
                FROM trace_output p JOIN object o ON o.id = p.object JOIN trace t ON t.id = p.trace
                    LEFT JOIN last ON last.trace = t.id
                WHERE (?1 IS NULL AND ?2 IS NULL) OR EXISTS (SELECT 1 FROM stage s WHERE s.trace = t.id
                    AND (?1 IS NULL OR s.pipeline = ?1)
                    AND (?2 IS NULL OR s.name = ?2 OR substr(s.name, 1, length(?2) + 1) = ?2 || '['))
                GROUP BY o.id ORDER BY used DESC, o.id DESC LIMIT ?3
                """, .text(orNull: pipeline), .text(orNull: stage), .integer(limit)
            ) { $0.integer("id") }
            return try ids.compactMap { try Self.record(ofObject: $0, connection) }
        }
    }

    /// What the store knows of one artifact, be it a log or a part of a tree.
    ///
    /// - Throws: `StoreError.missing` where it has none of this digest.
    public func record(of artifact: Digest) throws -> ArtifactRecord {
        try withConnection { connection in
            let id = try Self.objectID(artifact, connection)
            guard let record = try Self.record(ofObject: id, connection) else {
                throw StoreError(.missing, "the store has no artifact \(artifact.abbreviated)")
            }
            return record
        }
    }

    private static func record(ofObject id: Int, _ connection: Connection) throws -> ArtifactRecord? {
        let producers = try producers(ofObject: id, connection)
        let pins = try connection.rows(
            "SELECT name FROM pin WHERE object = ? ORDER BY name", .integer(id)
        ) { $0.text("name") ?? "" }
        return try connection.first(
            "SELECT digest, shape, size, stored, damaged, created FROM object WHERE id = ?", .integer(id)
        ) { row in
            let artifact = try artifact(row)
            let name = "the artifact \(artifact.digest.abbreviated)"
            let created = try row.seconds("created", of: name)
            return ArtifactRecord(
                artifact: artifact, storedSize: try row.count("stored", of: name),
                isDamaged: row.integer("damaged") != 0, created: created,
                used: producers.map(\.used).max() ?? created, pins: pins,
                producers: producers.map(\.producer))
        }
    }

    private static func producers(
        ofObject id: Int, _ connection: Connection
    ) throws -> [(producer: ArtifactRecord.Producer, used: Double)] {
        let rows = try connection.rows(
            """
            SELECT t.id AS id, t.kind AS kind, p.name AS name, t.key AS key, t.wall_seconds AS wall_seconds, coalesce(
                (SELECT max(r.started) FROM run_stage x JOIN run r ON r.id = x.run WHERE x.trace = t.id), t.created)
                AS used
            FROM trace_output p JOIN trace t ON t.id = p.trace WHERE p.object = ?
            ORDER BY t.created DESC, t.id DESC, p.name
            """, .integer(id)
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
            let stages = try connection.rows(
                "SELECT pipeline || ':' || name AS stage FROM stage WHERE trace = ? ORDER BY 1",
                .integer(row.trace)
            ) { $0.text("stage") ?? "" }
            let producer = ArtifactRecord.Producer(
                kind: row.kind, output: row.output, stages: stages, key: Key(row.key), seconds: row.seconds)
            return (producer, row.used)
        }
    }
}
