internal import Clocks
internal import Dataflow
internal import Digests
internal import SQLite

/// The tables `object`, `object_chunk` and `tree_entry`: files, trees and logs, addressed by content.
struct ObjectTable {
    let connection: Connection

    /// The columns of `object o` that `artifact` reads.
    static let artifactColumns = "o.digest AS digest, o.shape AS shape, o.size AS size"

    /// The artifact in the columns `digest`, `shape` and `size`.
    static func artifact(_ row: borrowing Row) throws(StoreError) -> Artifact {
        let digest = try row.digest("digest", of: "an artifact")
        return Artifact(
            digest: digest, shape: row.text("shape") == "tree" ? .tree : .file,
            size: try row.count("size", of: "the artifact \(digest.abbreviated)"))
    }

    /// The artifact in those columns and `executable`.
    static func output(_ row: borrowing Row) throws(StoreError) -> Artifact {
        let artifact = try artifact(row)
        return Artifact(
            digest: artifact.digest, shape: artifact.shape, size: artifact.size,
            isExecutable: artifact.shape == .file && row.integer("executable") == 1)
    }

    /// The ID of an object.
    ///
    /// - Throws: `StoreError.missing` if there is none.
    func id(of digest: Digest) throws -> Int {
        let sql = "SELECT id FROM object WHERE digest = ?"
        guard let id = try connection.first(sql, .blob(digest.bytes), map: { $0.integer("id") }) else {
            throw StoreError(.missing, "the store has no artifact \(digest.abbreviated)")
        }
        return id
    }

    /// The shape and size of an object; nil if there is none.
    func artifact(_ digest: Digest) throws -> Artifact? {
        let sql = "SELECT \(Self.artifactColumns) FROM object o WHERE o.digest = ?"
        return try connection.first(sql, .blob(digest.bytes)) { try Self.artifact($0) }
    }

    /// At most two artifacts with digests in a range.
    func artifacts(from first: Digest, to last: Digest) throws -> [Artifact] {
        try connection.rows(
            "SELECT \(Self.artifactColumns) FROM object o WHERE o.digest BETWEEN ? AND ? LIMIT 2",
            .blob(first.bytes), .blob(last.bytes)
        ) { try Self.artifact($0) }
    }

    /// True if there is an object with this digest, damaged or not.
    func exists(_ digest: Digest) throws -> Bool {
        let sql = "SELECT 1 FROM object WHERE digest = ?"
        return try connection.first(sql, .blob(digest.bytes)) { _ in true } ?? false
    }

    /// True if an object and everything that it references are intact.
    func isWhole(_ digest: Digest) throws -> Bool {
        let sql = "SELECT 1 FROM object WHERE digest = ? AND damaged = 0"
        return try connection.first(sql, .blob(digest.bytes)) { _ in true } ?? false
    }

    /// The ID of an object, whether it is a tree, and whether it and everything that it references are intact; nil if there is
    /// none.
    func state(of digest: Digest) throws -> (id: Int, isTree: Bool, isWhole: Bool)? {
        try connection.first(
            "SELECT id, shape, damaged FROM object WHERE digest = ?", .blob(digest.bytes)
        ) { row in
            (
                id: row.integer("id"), isTree: row.text("shape") == "tree",
                isWhole: row.integer("damaged") == 0
            )
        }
    }

    /// Adds an object with these chunks; its children must already be there.
    ///
    /// - Parameter known: the ID of the damaged object with this digest, which is repaired; nil if there is none.
    func insert(_ artifact: Artifact, repairing known: Int?, chunks: [Int], children: [Digest]) throws {
        // A small file, as most are: that is all it consists of.
        let only = known == nil && chunks.count == 1 && children.isEmpty ? chunks[0] : nil
        if let known {
            try connection.run(
                "UPDATE object SET damaged = 0, shape = ?, size = ? WHERE id = ?",
                .text(artifact.shape.rawValue), .integer(artifact.size), .integer(known))
            try connection.run("DELETE FROM object_chunk WHERE object = ?", .integer(known))
        } else {
            try connection.run(
                """
                INSERT INTO object (digest, shape, size, stored, created)
                VALUES (?, ?, ?, coalesce((SELECT stored FROM chunk WHERE id = ?), 0), ?)
                """,
                .blob(artifact.digest.bytes), .text(artifact.shape.rawValue), .integer(artifact.size),
                only.map { .integer($0) } ?? .null, .real(WallClock.seconds()))
        }
        let id = known ?? connection.lastInsertedRow
        for (position, chunk) in chunks.enumerated() {
            try connection.run(
                "INSERT INTO object_chunk (object, position, chunk) VALUES (?, ?, ?)", .integer(id),
                .integer(position), .integer(chunk))
        }
        guard only == nil else { return }
        for child in children {
            try connection.run(
                "INSERT OR IGNORE INTO tree_entry (tree, child) SELECT ?, id FROM object WHERE digest = ?",
                .integer(id), .blob(child.bytes))
            // There already, because a tree may name an object twice; or missing.
            if connection.changes == 0 { _ = try self.id(of: child) }
        }
        try connection.run(
            """
            UPDATE object SET stored =
                (SELECT coalesce(sum(c.stored), 0) FROM object_chunk x JOIN chunk c ON c.id = x.chunk WHERE x.object = ?1)
                + (SELECT coalesce(sum(o.stored), 0) FROM tree_entry e JOIN object o ON o.id = e.child WHERE e.tree = ?1)
            WHERE id = ?1
            """, .integer(id))
    }

    /// The IDs of an object's chunks, in order.
    func chunks(of object: Int) throws -> [Int] {
        try connection.rows(
            "SELECT chunk FROM object_chunk WHERE object = ? ORDER BY position", .integer(object)
        ) { $0.integer("chunk") }
    }

    /// The IDs of the chunks of an object of at most `limit` bytes, in order; nil for a larger one, or if there is none.
    func chunks(ofSmall digest: Digest, limit: Int) throws -> [Int]? {
        // An empty object has a row without a chunk.
        let ids = try connection.rows(
            """
            SELECT x.chunk AS chunk FROM object o LEFT JOIN object_chunk x ON x.object = o.id
            WHERE o.digest = ? AND o.size <= ? ORDER BY x.position LIMIT \(Self.mostChunksOfSmall + 1)
            """, .blob(digest.bytes), .integer(limit)
        ) { $0.isNull("chunk") ? nil : $0.integer("chunk") }
        return ids.isEmpty || ids.count > Self.mostChunksOfSmall ? nil : ids.compactMap { $0 }
    }

    private static let mostChunksOfSmall = 64

    /// An object's chunks with their places in its content; nil if their sizes are impossible.
    func placedChunks(of object: Int) throws -> [PlacedChunk]? {
        var end = 0
        let chunks = try connection.rows(
            """
            SELECT x.chunk AS chunk, c.size AS size FROM object_chunk x JOIN chunk c ON c.id = x.chunk
            WHERE x.object = ? ORDER BY x.position
            """, .integer(object)
        ) { row -> PlacedChunk? in
            let size = row.integer("size")
            guard (1...ContentChunker.maximum).contains(size) else { return nil }
            defer { end += size }
            return PlacedChunk(id: row.integer("chunk"), range: end..<end + size)
        }
        let found = chunks.compactMap { $0 }
        return found.count == chunks.count ? found : nil
    }

    /// The digests of an object's chunks and their sizes after compression, in order; nil for one that was found damaged.
    func chunkNames(of object: Int) throws -> [(digest: Digest?, stored: Int)] {
        try connection.rows(
            """
            SELECT c.digest AS digest, c.stored AS stored FROM object_chunk x LEFT JOIN chunk c ON c.id = x.chunk
            WHERE x.object = ? ORDER BY x.position
            """, .integer(object)
        ) { row in
            (
                digest: row.withBlob("digest") { Digest(bytes: $0) },
                stored: try row.count("stored", atMost: ContentChunker.maximum, of: "a chunk")
            )
        }
    }

    /// The digest and size of an object's only chunk; nil if it has none or several.
    func onlyChunk(of object: Int) throws -> (digest: Digest?, size: Int)? {
        let chunks = try connection.rows(
            """
            SELECT c.digest AS digest, c.size AS size FROM object_chunk x LEFT JOIN chunk c ON c.id = x.chunk
            WHERE x.object = ? ORDER BY x.position LIMIT 2
            """, .integer(object)
        ) { row in (digest: row.withBlob("digest") { Digest(bytes: $0) }, size: row.integer("size")) }
        return chunks.count == 1 ? chunks[0] : nil
    }

    /// The objects that a tree references.
    func children(of tree: Int) throws -> [Artifact] {
        try connection.rows(
            """
            SELECT \(Self.artifactColumns) FROM tree_entry e JOIN object o ON o.id = e.child WHERE e.tree = ?
            """, .integer(tree)
        ) { try Self.artifact($0) }
    }

    /// True if an object contains this chunk.
    func uses(chunk: Int) throws -> Bool {
        let sql = "SELECT 1 FROM object_chunk WHERE chunk = ? LIMIT 1"
        return try connection.first(sql, .integer(chunk)) { _ in true } ?? false
    }

    /// Up to `limit` intact objects after an ID, in order.
    func list(after last: Int, limit: Int) throws -> [(id: Int, artifact: Artifact)] {
        try connection.rows(
            """
            SELECT o.id AS id, \(Self.artifactColumns) FROM object o
            WHERE o.id > ? AND o.damaged = 0 AND length(o.digest) = 32 ORDER BY o.id LIMIT ?
            """, .integer(last), .integer(limit)
        ) { (id: $0.integer("id"), artifact: try Self.artifact($0)) }
    }

    /// The digest of an object; nil if it has none.
    func digest(of object: Int) throws -> Digest? {
        try connection.first("SELECT digest FROM object WHERE id = ?", .integer(object)) { row in
            row.withBlob("digest") { Digest(bytes: $0) }
        } ?? nil
    }

    /// Deletes an object that nothing refers to.
    func delete(_ id: Int) throws { try connection.run("DELETE FROM object WHERE id = ?", .integer(id)) }

    /// Calls `body` with each object's ID.
    func forEach(_ body: (Int) -> Void) throws {
        try connection.forEachRow("SELECT id FROM object") { body($0.integer("id")) }
    }

    /// Calls `body` with the IDs of each tree and each object in it.
    func forEachTreeEntry(_ body: (_ tree: Int, _ child: Int) -> Void) throws {
        try connection.forEachRow("SELECT tree, child FROM tree_entry") {
            body($0.integer("tree"), $0.integer("child"))
        }
    }

    /// Calls `body` with the IDs of each object and each of its chunks.
    func forEachChunk(_ body: (_ object: Int, _ chunk: Int) -> Void) throws {
        try connection.forEachRow("SELECT object, chunk FROM object_chunk") {
            body($0.integer("object"), $0.integer("chunk"))
        }
    }

    /// Impossible values.
    static let checks = [
        RowCheck(
            query: "SELECT id AS id, 'artifact number ' || id AS name FROM object WHERE length(digest) <> 32",
            consequence: "whatever contains it will be recomputed",
            repairs: [
                markDamaged("SELECT ?"),
                "DELETE FROM trace WHERE id IN (SELECT trace FROM trace_output WHERE object = ?)",
                "DELETE FROM tree_entry WHERE child = ?", "DELETE FROM object WHERE id = ?",
            ]),
        RowCheck(
            query: """
                SELECT id AS id, 'artifact ' || lower(substr(hex(digest), 1, 12)) AS name FROM object
                WHERE size NOT \(RowCheck.size) OR stored NOT \(RowCheck.size) OR created NOT \(RowCheck.seconds)
                    OR shape NOT IN ('file', 'tree')
                """,
            consequence: "it will be recomputed",
            repairs: [
                markDamaged("SELECT ?"),
                """
                UPDATE object SET size = 0, stored = 0, created = 0,
                    shape = CASE WHEN shape = 'tree' THEN 'tree' ELSE 'file' END
                WHERE id = ?
                """,
            ]),
    ]
}
