internal import Compression
internal import Dataflow
internal import Digests
internal import SQLite

/// Reads chunks, and the objects that they make up.
struct ChunkReader: Sendable {
    let database: StoreDatabase

    /// Up to so many bytes are kept in memory until the last of them is known to be right.
    private static let checkedInMemory = 8 << 20

    /// Gives `body` an object's bytes, piece by piece, after all of them were compared with the digest.
    ///
    /// - Throws: `StoreError.damaged` if they differ; what is touched is marked, and the next run recomputes it.
    func forEachPiece(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        var pieces: [[UInt8]] = []
        var kept = 0
        try forEachUncheckedPiece(of: digest) { bytes in
            guard kept <= Self.checkedInMemory else { return }
            kept += bytes.count
            pieces.append(bytes)
        }
        guard kept > Self.checkedInMemory else { return try pieces.forEach(body) }
        pieces = []
        try forEachUncheckedPiece(of: digest, body)
    }

    /// The bytes of a small object, such as a manifest, a log or a preview's file.
    ///
    /// - Parameter limit: the most bytes; a larger object is an error.
    func bytes(of digest: Digest, limit: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        try forEachUncheckedPiece(of: digest) { bytes in
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
    func forEachUncheckedPiece(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        let (artifact, chunks) = try database.current { tables in
            let chunks = try tables.objects.chunks(of: tables.objects.id(of: digest))
            return (try tables.objects.artifact(digest), chunks)
        }
        // A tree's size is that of its files, not that of its manifest.
        let size = artifact?.shape == .file ? artifact?.size : nil
        let codec = ZstdCodec()
        var hasher = SHA256()
        var trouble: String?
        var total = 0
        for chunk in chunks {
            let bytes: [UInt8]
            do {
                bytes = try self.bytes(ofChunk: chunk, codec)
            } catch let error as ChunkDamage {
                trouble = error.reason
                break
            }
            total += bytes.count
            if let size, total > size {
                trouble = "it has more bytes than its size says"
                break
            }
            hasher.update(bytes)
            try body(bytes)
        }
        let found = hasher.finalize()
        if trouble == nil && found == digest { return }
        // A store that cannot be written is damaged all the same.
        for chunk in Set(chunks).sorted() where try !isWhole(chunk, codec) {
            try? database.markDamaged(chunk: chunk)
        }
        try? database.markDamaged(digest)
        throw database.damage(digest, trouble ?? "its bytes are not what its name says")
    }

    /// The bytes of a chunk, as many as its row says.
    ///
    /// - Throws: `ChunkDamage` if they are not there or cannot be what was stored.
    private func bytes(ofChunk id: Int, _ codec: borrowing ZstdCodec) throws -> [UInt8] {
        do {
            guard let chunk = try database.current({ try $0.chunks.stored(id) }) else {
                throw ChunkDamage(reason: "chunk \(id) is gone")
            }
            let stored =
                try chunk.isBeside
                ? database.bulk.bytes(ofChunk: id, limit: ContentChunker.maximum) : chunk.bytes
            guard let stored else { throw ChunkDamage(reason: "the bytes of chunk \(id) are gone") }
            let bytes =
                switch chunk.codec {
                case .raw: stored
                case .zstd: try codec.decompress(stored.span.bytes, size: chunk.size)
                }
            guard bytes.count == chunk.size else {
                throw ChunkDamage(reason: "chunk \(id) has \(bytes.count) bytes, not \(chunk.size)")
            }
            return bytes
        } catch let error as CompressionError {
            throw ChunkDamage(reason: "\(error)")
        } catch let error as StoreError where error.code == .damaged {
            throw ChunkDamage(reason: error.message)
        }
    }

    /// True if a chunk's bytes are what its digest says.
    func isWhole(_ id: Int, _ codec: borrowing ZstdCodec) throws -> Bool {
        let digest = try database.current { try $0.chunks.digest(of: id) }
        do {
            return try SHA256.digest(of: bytes(ofChunk: id, codec)) == digest
        } catch is ChunkDamage {
            return false
        }
    }
}

/// Why a chunk cannot be what was stored.
private struct ChunkDamage: Error {
    let reason: String
}

extension StoreDatabase {
    /// Takes a chunk's name away, so that its bytes are written anew, and marks all objects that have it.
    func markDamaged(chunk id: Int) throws {
        try transaction { tables in
            try tables.chunks.takeName(of: id)
            try tables.objects.markDamaged(having: id)
        }
    }

    /// Marks an object and the trees above it.
    func markDamaged(_ digest: Digest) throws { try transaction { try $0.objects.markDamaged(digest) } }

    /// The error for a damaged artifact.
    func damage(_ digest: Digest, _ reason: String) -> StoreError {
        StoreError(
            .damaged,
            "the artifact \(digest.abbreviated) in \(path) is damaged: \(reason). Run again: it is recomputed."
        )
    }
}
