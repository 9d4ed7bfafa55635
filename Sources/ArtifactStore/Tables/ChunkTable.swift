internal import Digests
internal import SQLite

/// The tables `chunk` and `chunk_bytes`: content-defined chunks of files.
struct ChunkTable {
    let connection: Connection

    /// How a chunk's bytes are stored.
    enum Codec: Int, Sendable {
        case raw = 0
        case zstd = 1
    }

    /// A stored chunk.
    struct Stored: Sendable {
        let codec: Codec
        /// The size before compression.
        let size: Int
        /// True if the bytes are in the second database.
        let isBulk: Bool
        /// The bytes; nil if they are in the second database, missing or too many.
        let bytes: [UInt8]?
    }

    /// The ID of a chunk; nil if there is none.
    func id(of digest: Digest) throws -> Int? {
        try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes)) {
            $0.integer("id")
        }
    }

    /// The ID and size of a chunk; nil if there is none.
    func place(of digest: Digest) throws -> (id: Int, size: Int)? {
        try connection.first("SELECT id, size FROM chunk WHERE digest = ?", .blob(digest.bytes)) { row in
            let id = row.integer("id")
            return (id, try row.count("size", atMost: ContentChunker.maximum, of: "chunk \(id)"))
        }
    }

    /// Adds a chunk, whose bytes must be added next.
    ///
    /// - Returns: nil if there already is one with this digest.
    func insert(
        _ digest: Digest, _ codec: Codec, size: Int, stored: Int, isBulk: Bool
    ) throws -> Int? {
        try connection.run(
            """
            INSERT INTO chunk (digest, codec, size, stored, beside) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (digest) DO NOTHING
            """, .blob(digest.bytes), .integer(codec.rawValue), .integer(size), .integer(stored),
            .integer(isBulk ? 1 : 0))
        return connection.changes == 1 ? connection.lastInsertedRow : nil
    }

    /// A stored chunk; nil if it is missing.
    ///
    /// - Throws: `StoreError.damaged` if its values are impossible.
    func stored(_ id: Int) throws -> Stored? {
        let limit = ContentChunker.maximum
        return try connection.first(
            """
            SELECT c.codec AS codec, c.size AS size, c.beside AS beside,
                CASE WHEN length(b.bytes) <= ?2 THEN b.bytes END AS bytes
            FROM chunk c LEFT JOIN chunk_bytes b ON b.chunk = c.id WHERE c.id = ?1
            """, .integer(id), .integer(limit)
        ) { row in
            guard let codec = Codec(rawValue: row.integer("codec")) else {
                throw StoreError.impossible("chunk \(id)", row.integer("codec"), "codec")
            }
            return Stored(
                codec: codec, size: try row.count("size", atMost: limit, of: "chunk \(id)"),
                isBulk: row.integer("beside") == 1, bytes: row.isNull("bytes") ? nil : row.blob("bytes"))
        }
    }

    /// The digest of a chunk; nil if it has none or is missing.
    func digest(of id: Int) throws -> Digest? {
        try connection.first("SELECT digest FROM chunk WHERE id = ?", .integer(id)) { row in
            row.withBlob("digest") { Digest(bytes: $0) }
        } ?? nil
    }

    /// True if there is a chunk with this ID.
    func exists(_ id: Int) throws -> Bool {
        try connection.first("SELECT 1 FROM chunk WHERE id = ?", .integer(id)) { _ in true } ?? false
    }

    /// The number of chunks.
    func count() throws -> Int {
        try connection.first("SELECT count(*) AS count FROM chunk") { $0.integer("count") } ?? 0
    }

    /// The bytes of all chunks, before and after compression.
    func totals() throws -> (size: Int, stored: Int) {
        try connection.first(
            "SELECT coalesce(sum(size), 0) AS size, coalesce(sum(stored), 0) AS stored FROM chunk"
        ) { row in
            (size: try row.count("size", of: "all chunks"), stored: try row.count("stored", of: "all chunks"))
        } ?? (0, 0)
    }

    /// Calls `body` with each chunk's ID and size after compression.
    func forEach(_ body: (_ id: Int, _ stored: Int) -> Void) throws {
        try connection.forEachRow("SELECT id, stored FROM chunk") { row in
            let id = row.integer("id")
            body(id, try row.count("stored", atMost: ContentChunker.maximum, of: "chunk \(id)"))
        }
    }

    /// Up to `limit` chunks after an ID, in order. Impossible values in their rows are clamped.
    func list(after last: Int, limit: Int) throws -> [(id: Int, stored: Int, isNamed: Bool)] {
        try connection.rows(
            "SELECT id, stored, digest IS NOT NULL AS named FROM chunk WHERE id > ? ORDER BY id LIMIT ?",
            .integer(last), .integer(limit)
        ) { row in
            let stored = min(max(0, row.integer("stored")), ContentChunker.maximum)
            return (id: row.integer("id"), stored: stored, isNamed: row.integer("named") == 1)
        }
    }

    /// Removes a chunk's digest, so that its bytes will be written again.
    func takeName(of id: Int) throws {
        try connection.run("UPDATE chunk SET digest = NULL WHERE id = ?", .integer(id))
    }

    /// True if a chunk has a digest and its bytes in the second database.
    func haveBulkNames() throws -> Bool {
        try connection.first("SELECT 1 FROM chunk WHERE beside = 1 AND digest IS NOT NULL LIMIT 1") { _ in
            true
        }
            ?? false
    }

    /// Removes the digests of all chunks whose bytes are in the second database, so that they will be written again.
    func clearBulkNames() throws {
        try connection.run("UPDATE chunk SET digest = NULL WHERE beside = 1 AND digest IS NOT NULL")
    }

    /// Removes the digests of the chunks that no object contains and whose bytes are in the second database.
    func clearUnusedBulkNames() throws {
        try connection.run(
            """
            UPDATE chunk SET digest = NULL WHERE beside = 1 AND digest IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM object_chunk x WHERE x.chunk = chunk.id)
            """)
    }

    /// Up to `limit` chunks after an ID that no object contains, in order; of those in the second database, only those
    /// without a digest.
    func unused(after last: Int, limit: Int) throws -> [(id: Int, isBulk: Bool)] {
        try connection.rows(
            """
            SELECT id, beside FROM chunk c WHERE id > ? AND (beside = 0 OR digest IS NULL)
                AND NOT EXISTS (SELECT 1 FROM object_chunk x WHERE x.chunk = c.id) ORDER BY id LIMIT ?
            """, .integer(last), .integer(limit)
        ) { (id: $0.integer("id"), isBulk: $0.integer("beside") == 1) }
    }

    /// Deletes a chunk, with its bytes if they are in this database.
    func delete(_ id: Int) throws { try connection.run("DELETE FROM chunk WHERE id = ?", .integer(id)) }

    /// Impossible values.
    static let checks = [
        RowCheck(
            query: """
                SELECT id AS id, 'chunk ' || id AS name FROM chunk
                WHERE size NOT \(RowCheck.chunkSize) OR stored NOT \(RowCheck.chunkSize) OR codec NOT IN (0, 1)
                    OR beside NOT IN (0, 1) OR length(digest) <> 32
                """,
            consequence: "whatever contains it will be recomputed",
            repairs: [
                ObjectTable.markDamaged("SELECT object FROM object_chunk WHERE chunk = ?"),
                "UPDATE chunk SET digest = NULL, codec = 0, size = 0, stored = 0, beside = beside = 1 WHERE id = ?",
            ])
    ]
}

/// The table `chunk_bytes`, in the store's database or in the second one: the bytes of chunks, by ID.
struct ChunkBytesTable {
    let connection: Connection

    /// Adds a chunk's bytes. In the second database, a crash may have left bytes with this ID that nothing refers to;
    /// they are replaced.
    func insert(_ id: Int, _ bytes: borrowing RawSpan) throws {
        try connection.run(
            "INSERT OR REPLACE INTO chunk_bytes (chunk, bytes) VALUES (?, ?)", .integer(id), blob: bytes)
    }

    /// The bytes of a chunk; nil if they are missing or more than `limit`.
    func bytes(ofChunk id: Int, limit: Int) throws -> [UInt8]? {
        try connection.first(
            "SELECT bytes FROM chunk_bytes WHERE chunk = ? AND length(bytes) <= ?", .integer(id),
            .integer(limit)
        ) { $0.blob("bytes") }
    }

    /// Deletes a chunk's bytes.
    func delete(_ id: Int) throws {
        try connection.run("DELETE FROM chunk_bytes WHERE chunk = ?", .integer(id))
    }
}
