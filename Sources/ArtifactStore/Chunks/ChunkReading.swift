internal import Compression
internal import Dataflow
public import Digests
internal import Files
internal import SQLite

extension ArtifactStore {
    /// Up to so many bytes are kept in memory until the last of them is known to be right.
    private static let checkedInMemory = 8 << 20

    /// Gives `body` an object's bytes, piece by piece, after all of them were compared with the digest.
    ///
    /// - Throws: `StoreError.damaged` if they differ; what is touched is marked, and the next run recomputes it.
    public func forEachChunk(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        var pieces: [[UInt8]] = []
        var kept = 0
        try readChunks(of: digest) { bytes in
            guard kept <= Self.checkedInMemory else { return }
            kept += bytes.count
            pieces.append(bytes)
        }
        guard kept > Self.checkedInMemory else { return try pieces.forEach(body) }
        pieces = []
        try readChunks(of: digest, body)
    }

    /// The bytes of a small object, such as a manifest, a log or a preview's file.
    ///
    /// - Parameter limit: the most bytes; a larger object is an error.
    public func bytes(of digest: Digest, limit: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        try readChunks(of: digest) { bytes in
            result += bytes
            guard result.count <= limit else {
                throw StoreError(
                    .invalid, "the artifact \(digest.abbreviated) has more than \(limit) bytes")
            }
        }
        return result
    }

    /// Gives `body` an object's bytes as they are read, and compares them with the digest at the end: until this returns,
    /// they must not go anywhere.
    func readChunks(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        let (chunks, size) = try chunks(of: digest)
        let codec = ZstdCodec()
        var hasher = SHA256()
        var trouble: String?
        var total = 0
        for chunk in chunks {
            do {
                let bytes = try readChunk(chunk, codec)
                total += bytes.count
                if let size, total > size {
                    trouble = "it has more bytes than its size says"
                    break
                }
                hasher.update(bytes)
                try body(bytes)
            } catch let error as CompressionError {
                trouble = "\(error)"
                break
            }
        }
        let found = hasher.finalize()
        if trouble == nil && found == digest { return }
        // A store that cannot be written is damaged all the same.
        for chunk in Set(chunks).sorted() where try !isWhole(chunk, codec) { try? markDamaged(chunk: chunk) }
        try? markDamaged(digest)
        throw damage(digest, trouble ?? "its bytes are not what its name says")
    }

    /// The chunks of an object, in order, and the bytes that they must have together; nil for a tree, whose size is that of
    /// its files and not of its manifest.
    private func chunks(of digest: Digest) throws -> (ids: [Int], size: Int?) {
        let artifact = try withReader { connection in
            try connection.first(
                "SELECT digest, shape, size FROM object WHERE digest = ?", .blob(digest.bytes)
            ) {
                try Self.artifact($0)
            }
        }
        let ids = try withConnection { connection in
            let id = try Self.objectID(digest, connection)
            return try connection.rows(
                "SELECT chunk FROM object_chunk WHERE object = ? ORDER BY position", .integer(id)
            ) { $0.integer("chunk") }
        }
        return (ids, artifact?.shape == .file ? artifact?.size : nil)
    }

    /// The bytes of a chunk, as many as its row says.
    ///
    /// - Throws: `CompressionError` if they are not there or cannot be what was stored.
    func readChunk(_ id: Int, _ codec: borrowing ZstdCodec) throws -> [UInt8] {
        let limit = ContentChunker.maximum
        let chunk = try withConnection { connection in
            try connection.first(
                """
                SELECT c.codec AS codec, c.size AS size, c.beside AS beside,
                    CASE WHEN length(b.bytes) <= ?2 THEN b.bytes END AS bytes
                FROM chunk c LEFT JOIN chunk_bytes b ON b.chunk = c.id WHERE c.id = ?1
                """, .integer(id), .integer(limit)
            ) { row in
                (
                    codec: row.integer("codec"), size: row.integer("size"),
                    isBeside: row.integer("beside") == 1,
                    bytes: row.isNull("bytes") ? nil : row.blob("bytes")
                )
            }
        }
        guard let chunk else { throw CompressionError(message: "chunk \(id) is gone") }
        guard (0...limit).contains(chunk.size), chunk.codec == 0 || chunk.codec == 1 else {
            throw CompressionError(
                message: "chunk \(id) claims \(chunk.size) bytes of codec \(chunk.codec)")
        }
        guard let bytes = try chunk.isBeside ? bulk.bytes(ofChunk: id, limit: limit) : chunk.bytes else {
            throw CompressionError(message: "the bytes of chunk \(id) are gone")
        }
        if chunk.codec == 1 { return try codec.decompress(bytes.span.bytes, size: chunk.size) }
        guard bytes.count == chunk.size else {
            throw CompressionError(message: "chunk \(id) has \(bytes.count) bytes, not \(chunk.size)")
        }
        return bytes
    }

    /// True where a chunk's bytes are what its digest says.
    func isWhole(_ id: Int, _ codec: borrowing ZstdCodec) throws -> Bool {
        let digest = try withConnection { connection in
            try connection.first("SELECT digest FROM chunk WHERE id = ?", .integer(id)) {
                Digest(bytes: $0.blob(0))
            } ?? nil
        }
        do {
            return try SHA256.digest(of: readChunk(id, codec)) == digest
        } catch is CompressionError {
            return false
        }
    }

    /// Takes a chunk's name away, so that its bytes are written anew, and marks all objects that have it.
    func markDamaged(chunk id: Int) throws {
        try withConnection { connection in
            try connection.transaction {
                try connection.run("UPDATE chunk SET digest = NULL WHERE id = ?", .integer(id))
                let objects = try connection.rows(
                    "SELECT DISTINCT object FROM object_chunk WHERE chunk = ?", .integer(id)
                ) { $0.integer(0) }
                for object in objects { try Self.markDamaged(object: object, connection) }
            }
        }
    }

    func markDamaged(_ digest: Digest) throws {
        try withConnection { connection in
            try connection.transaction {
                try Self.markDamaged(object: try Self.objectID(digest, connection), connection)
            }
        }
    }

    /// Marks an object and the trees above it: a tree is as whole as its parts.
    private static func markDamaged(object id: Int, _ connection: Connection) throws {
        try connection.run(
            """
            WITH RECURSIVE touched (id) AS (
                SELECT ? UNION SELECT e.tree FROM tree_entry e JOIN touched t ON e.child = t.id)
            UPDATE object SET damaged = 1 WHERE id IN (SELECT id FROM touched)
            """, .integer(id))
    }

    func damage(_ digest: Digest, _ reason: String) -> StoreError {
        StoreError(
            .damaged,
            "the artifact \(digest.abbreviated) in \(path) is damaged: \(reason). Run again: it is recomputed."
        )
    }
}
