internal import Digests
internal import SQLite

/// The tables `chunk` and `chunk_bytes`: content-defined pieces of files.
struct ChunkTable {
    let connection: Connection

    /// How a chunk's bytes are stored.
    enum Codec: Int, Sendable {
        case raw = 0
        case zstd = 1
    }

    /// A chunk as it is stored.
    struct Stored: Sendable {
        let codec: Codec
        /// Bytes before compression.
        let size: Int
        /// True if the bytes are in the database beside.
        let isBeside: Bool
        /// The bytes; nil if they are beside, gone, or too many.
        let bytes: [UInt8]?
    }

    /// The number of a chunk, if there is one.
    func id(of digest: Digest) throws -> Int? {
        try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes)) {
            $0.integer("id")
        }
    }

    /// Adds a chunk, whose bytes are to be added next.
    ///
    /// - Returns: nil if there is one with this digest.
    func insert(
        _ digest: Digest, _ codec: Codec, size: Int, stored: Int, isBeside: Bool
    ) throws -> Int? {
        try connection.run(
            """
            INSERT INTO chunk (digest, codec, size, stored, beside) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (digest) DO NOTHING
            """, .blob(digest.bytes), .integer(codec.rawValue), .integer(size), .integer(stored),
            .integer(isBeside ? 1 : 0))
        return connection.changes == 1 ? connection.lastInsertedRow : nil
    }

    /// A chunk as it is stored; nil if it is gone.
    ///
    /// - Throws: `StoreError.damaged` if its numbers cannot be.
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
                isBeside: row.integer("beside") == 1, bytes: row.isNull("bytes") ? nil : row.blob("bytes"))
        }
    }

    /// The digest of a chunk; nil if it has none, or is gone.
    func digest(of id: Int) throws -> Digest? {
        try connection.first("SELECT digest FROM chunk WHERE id = ?", .integer(id)) { row in
            row.withBlob("digest") { Digest(bytes: $0) }
        } ?? nil
    }

    /// True if there is a chunk of this number.
    func exists(_ id: Int) throws -> Bool {
        try connection.first("SELECT 1 FROM chunk WHERE id = ?", .integer(id)) { _ in true } ?? false
    }

    /// How many there are.
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

    /// Gives `body` each chunk's number and its bytes after compression.
    func forEach(_ body: (_ id: Int, _ stored: Int) -> Void) throws {
        try connection.forEachRow("SELECT id, stored FROM chunk") { row in
            let id = row.integer("id")
            body(id, try row.count("stored", atMost: ContentChunker.maximum, of: "chunk \(id)"))
        }
    }

    /// Some chunks after a number, in order. What their rows say may be wrong; it is brought within bounds.
    func list(after last: Int, limit: Int) throws -> [(id: Int, stored: Int, isNamed: Bool)] {
        try connection.rows(
            "SELECT id, stored, digest IS NOT NULL AS named FROM chunk WHERE id > ? ORDER BY id LIMIT ?",
            .integer(last), .integer(limit)
        ) { row in
            let stored = min(max(0, row.integer("stored")), ContentChunker.maximum)
            return (id: row.integer("id"), stored: stored, isNamed: row.integer("named") == 1)
        }
    }

    /// Takes a chunk's name away, so that its bytes are written anew.
    func takeName(of id: Int) throws {
        try connection.run("UPDATE chunk SET digest = NULL WHERE id = ?", .integer(id))
    }

    /// Takes the names of the chunks away that no object has and whose bytes are beside.
    func takeNamesOfUnusedBeside() throws {
        try connection.run(
            """
            UPDATE chunk SET digest = NULL WHERE beside = 1 AND digest IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM object_chunk x WHERE x.chunk = chunk.id)
            """)
    }

    /// Some chunks after a number that no object has, in order: of those whose bytes are beside, only those without a name.
    func unused(after last: Int, limit: Int) throws -> [(id: Int, isBeside: Bool)] {
        try connection.rows(
            """
            SELECT id, beside FROM chunk c WHERE id > ? AND (beside = 0 OR digest IS NULL)
                AND NOT EXISTS (SELECT 1 FROM object_chunk x WHERE x.chunk = c.id) ORDER BY id LIMIT ?
            """, .integer(last), .integer(limit)
        ) { (id: $0.integer("id"), isBeside: $0.integer("beside") == 1) }
    }

    /// Deletes a chunk, with its bytes if they are here.
    func delete(_ id: Int) throws { try connection.run("DELETE FROM chunk WHERE id = ?", .integer(id)) }

    /// Numbers that cannot be.
    static let checks = [
        RowCheck(
            query: """
                SELECT id AS id, 'chunk ' || id AS name FROM chunk
                WHERE size NOT \(RowCheck.chunkSize) OR stored NOT \(RowCheck.chunkSize) OR codec NOT IN (0, 1)
                    OR beside NOT IN (0, 1) OR length(digest) <> 32
                """,
            consequence: "what it is part of is made anew",
            repairs: [
                ObjectTable.markDamaged("SELECT object FROM object_chunk WHERE chunk = ?"),
                "UPDATE chunk SET digest = NULL, codec = 0, size = 0, stored = 0, beside = beside = 1 WHERE id = ?",
            ])
    ]
}

/// The table `chunk_bytes`, in the store's database or in the one beside it: the bytes of chunks, by their numbers.
struct ChunkBytesTable {
    let connection: Connection

    /// Adds a chunk's bytes. Beside, a crash may have left bytes of this number that nobody names; they are replaced.
    func insert(_ id: Int, _ bytes: borrowing RawSpan) throws {
        try connection.run(
            "INSERT OR REPLACE INTO chunk_bytes (chunk, bytes) VALUES (?, ?)", .integer(id), blob: bytes)
    }

    /// The bytes of a chunk; nil if they are gone, or are more than `limit`.
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
