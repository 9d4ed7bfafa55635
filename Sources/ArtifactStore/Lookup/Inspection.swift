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
                SELECT o.id, max(coalesce(last.used, t.created)) AS used
                FROM trace_output p JOIN object o ON o.id = p.object JOIN trace t ON t.id = p.trace
                    LEFT JOIN last ON last.trace = t.id
                WHERE (?1 IS NULL AND ?2 IS NULL) OR EXISTS (SELECT 1 FROM stage s WHERE s.trace = t.id
                    AND (?1 IS NULL OR s.pipeline = ?1)
                    AND (?2 IS NULL OR s.name = ?2 OR substr(s.name, 1, length(?2) + 1) = ?2 || '['))
                GROUP BY o.id ORDER BY used DESC, o.id DESC LIMIT ?3
                """, .text(orNull: pipeline), .text(orNull: stage), .integer(limit)
            ) { $0.integer(0) }
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

    /// What a tree holds, folders before what is in them, sorted by path; empty for a file.
    ///
    /// - Throws: `StoreError.damaged` where a manifest cannot be read.
    public func entries(ofTree tree: Digest) throws -> [TreeEntry] {
        guard try isTree(tree) else { return [] }
        var result: [TreeEntry] = []
        try collectEntries(of: tree, below: "", depth: 0, into: &result)
        return result
    }

    private func collectEntries(
        of tree: Digest, below prefix: String, depth: Int, into result: inout [TreeEntry]
    ) throws {
        guard depth <= Self.maximumDepth, let manifest = TreeManifest(bytes: try manifestBytes(of: tree))
        else {
            try markDamaged(tree)
            throw damage(tree, "its manifest cannot be read")
        }
        for entry in manifest.entries {
            let path = prefix + entry.name
            let size = try withConnection { connection in
                try connection.first(
                    "SELECT size FROM object WHERE digest = ?", .blob(entry.digest.bytes)
                ) { $0.integer(0) } ?? 0
            }
            let kind: TreeEntry.Kind =
                switch entry.kind {
                case .file: .file
                case .executable: .executable
                case .tree: .directory
                }
            result.append(TreeEntry(path: path, kind: kind, digest: entry.digest, size: size))
            if entry.kind == .tree {
                try collectEntries(of: entry.digest, below: path + "/", depth: depth + 1, into: &result)
            }
        }
    }

    private func manifestBytes(of tree: Digest) throws -> [UInt8] {
        try bytes(of: tree, limit: Self.maximumEntries * 1024)
    }

    private static func record(ofObject id: Int, _ connection: Connection) throws -> ArtifactRecord? {
        let producers = try producers(ofObject: id, connection)
        let pins = try connection.rows(
            "SELECT name FROM pin WHERE object = ? ORDER BY name", .integer(id)
        ) { $0.text(0) ?? "" }
        return try connection.first(
            "SELECT digest, shape, size, stored, damaged, created FROM object WHERE id = ?", .integer(id)
        ) { row in
            guard let digest = Digest(bytes: row.blob(0)) else { return nil }
            let created = row.real(5)
            return ArtifactRecord(
                artifact: Artifact(
                    digest: digest, shape: row.text(1) == "tree" ? .tree : .file, size: row.integer(2)),
                storedSize: row.integer(3), isDamaged: row.integer(4) != 0, created: created,
                used: producers.map(\.used).max() ?? created, pins: pins,
                producers: producers.map(\.producer))
        } ?? nil
    }

    private static func producers(
        ofObject id: Int, _ connection: Connection
    ) throws -> [(producer: ArtifactRecord.Producer, used: Double)] {
        let rows = try connection.rows(
            """
            SELECT t.id, t.kind, p.name, t.key, t.wall_seconds, coalesce(
                (SELECT max(r.started) FROM run_stage x JOIN run r ON r.id = x.run WHERE x.trace = t.id), t.created)
            FROM trace_output p JOIN trace t ON t.id = p.trace WHERE p.object = ?
            ORDER BY t.created DESC, t.id DESC, p.name
            """, .integer(id)
        ) { row in
            (
                trace: row.integer(0), kind: row.text(1) ?? "", output: row.text(2) ?? "",
                key: Digest(bytes: row.blob(3)), seconds: row.real(4), used: row.real(5)
            )
        }
        return try rows.compactMap { row in
            guard let key = row.key else { return nil }
            let stages = try connection.rows(
                "SELECT pipeline || ':' || name FROM stage WHERE trace = ? ORDER BY 1", .integer(row.trace)
            ) { $0.text(0) ?? "" }
            let producer = ArtifactRecord.Producer(
                kind: row.kind, output: row.output, stages: stages, key: Key(key), seconds: row.seconds)
            return (producer, row.used)
        }
    }
}
