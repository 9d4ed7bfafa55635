internal import Compression
public import Digests
internal import Files
internal import SQLite

extension ArtifactStore {
    /// Gives `body` an object's bytes, piece by piece, and checks them against the digest at the end.
    ///
    /// - Throws: `StoreError.damaged` where they differ; what is touched is marked, and the next run recomputes it.
    public func forEachChunk(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        let chunks = try chunks(of: digest)
        let codec = ZstdCodec()
        var hasher = SHA256()
        var trouble: String?
        for chunk in chunks {
            do {
                let bytes = try readChunk(chunk, codec)
                hasher.update(bytes)
                try body(bytes)
            } catch let error as CompressionError {
                trouble = "\(error)"
                break
            }
        }
        let found = hasher.finalize()
        if trouble == nil && found == digest { return }
        for chunk in chunks where try !isWhole(chunk, codec) { try markDamaged(chunk: chunk) }
        try markDamaged(digest)
        throw damage(digest, trouble ?? "its bytes are not what its name says")
    }

    /// The bytes of a small object, such as a manifest, a log or a preview's file.
    ///
    /// - Parameter limit: the most bytes; a larger object is an error.
    public func bytes(of digest: Digest, limit: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        try forEachChunk(of: digest) { bytes in
            result += bytes
            guard result.count <= limit else {
                throw StoreError(
                    .invalid, "the artifact \(digest.abbreviated) has more than \(limit) bytes")
            }
        }
        return result
    }

    private func chunks(of digest: Digest) throws -> [Int] {
        try withConnection { connection in
            let id = try Self.objectID(digest, connection)
            return try connection.rows(
                "SELECT chunk FROM object_chunk WHERE object = ? ORDER BY position", .integer(id)
            ) { $0.integer(0) }
        }
    }

    func readChunk(_ id: Int, _ codec: borrowing ZstdCodec) throws -> [UInt8] {
        let chunk = try withConnection { connection in
            try connection.first(
                """
                SELECT c.codec, c.size, c.beside, b.bytes
                FROM chunk c LEFT JOIN chunk_bytes b ON b.chunk = c.id WHERE c.id = ?
                """, .integer(id)
            ) { row in
                (
                    codec: row.integer(0), size: row.integer(1), isBeside: row.integer(2) == 1,
                    bytes: row.isNull(3) ? nil : row.blob(3)
                )
            }
        }
        guard let chunk, let bytes = try chunk.isBeside ? bulk.bytes(ofChunk: id) : chunk.bytes else {
            throw CompressionError(message: "chunk \(id) is gone")
        }
        guard chunk.size <= ContentChunker.maximum else {
            throw CompressionError(message: "chunk \(id) claims \(chunk.size) bytes")
        }
        return chunk.codec == 0
            ? bytes : try codec.decompress(bytes.span.bytes, size: chunk.size)
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
