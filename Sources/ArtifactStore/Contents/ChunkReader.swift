internal import Compression
internal import Dataflow
internal import Digests
internal import SQLite

/// Reads chunks and the objects made of them.
struct ChunkReader: Sendable {
    let database: StoreDatabase

    /// The largest object that is checked in memory before any of it is handed out.
    private static let checkedInMemory = 8 << 20

    /// Calls `body` with an object's bytes, piece by piece, after comparing all of them with the digest.
    ///
    /// - Throws: `StoreError.damaged` if they differ; everything affected is marked, and the next run recomputes it.
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

    /// The bytes of a small object, such as a manifest, a log or a file to preview.
    ///
    /// - Parameter limit: the maximum number of bytes; a larger object is an error.
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

    /// Calls `body` with an object's bytes as they are read and compares them with the digest at the end; until this
    /// returns, they must not be used.
    func forEachUncheckedPiece(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        let (artifact, chunks) = try database.current { tables in
            let chunks = try tables.objects.chunks(of: tables.objects.id(of: digest))
            return (try tables.objects.artifact(digest), chunks)
        }
        // A tree's size is that of its files, not of its manifest.
        let size = artifact?.shape == .file ? artifact?.size : nil
        let codec = ZstdCodec()
        let trouble = try read(chunks, digest, size: size, codec, body)
        guard let trouble else { return }
        // If the store cannot be written, it is still damaged.
        for chunk in Set(chunks).sorted() where try !isWhole(chunk, codec) {
            try? database.markDamaged(chunk: chunk)
        }
        try? database.markDamaged(digest)
        throw database.damage(digest, trouble)
    }

    /// Calls `body` with the bytes of chunks.
    ///
    /// - Returns: why they do not match a digest and a size; nil if they do.
    private func read(
        _ chunks: [Int], _ digest: Digest, size: Int?, _ codec: borrowing ZstdCodec,
        _ body: ([UInt8]) throws -> Void
    ) throws -> String? {
        var hasher = SHA256()
        var total = 0
        for chunk in chunks {
            let bytes: [UInt8]
            switch try self.bytes(ofChunk: chunk, codec) {
            case .success(let read): bytes = read
            case .failure(let damage): return damage.reason
            }
            total += bytes.count
            if let size, total > size { return "it has more bytes than its recorded size" }
            hasher.update(bytes)
            try body(bytes)
        }
        return hasher.finalize() == digest ? nil : "its bytes do not match its digest"
    }

    /// The bytes of a chunk, as many as its row says; or why they are missing or cannot be what was stored.
    private func bytes(
        ofChunk id: Int, _ codec: borrowing ZstdCodec
    ) throws -> Result<[UInt8], ChunkDamage> {
        let chunk: ChunkTable.Stored?
        do {
            chunk = try database.current { try $0.chunks.stored(id) }
        } catch let error as StoreError where error.code == .damaged {
            return .failure(ChunkDamage(reason: error.message))
        }
        guard let chunk else { return .failure(ChunkDamage(reason: "chunk \(id) is missing")) }
        let stored =
            chunk.isBeside
            ? try database.bulk.bytes(ofChunk: id, limit: ContentChunker.maximum) : chunk.bytes
        guard let stored else { return .failure(ChunkDamage(reason: "the bytes of chunk \(id) are missing")) }
        switch chunk.codec {
        case .raw:
            guard stored.count == chunk.size else {
                return .failure(
                    ChunkDamage(reason: "chunk \(id) has \(stored.count) bytes, not \(chunk.size)"))
            }
            return .success(stored)
        case .zstd:
            do {
                return .success(try codec.decompress(stored.span.bytes, size: chunk.size))
            } catch {
                return .failure(ChunkDamage(reason: "\(error)"))
            }
        }
    }

    /// True if a chunk's bytes match its digest.
    func isWhole(_ id: Int, _ codec: borrowing ZstdCodec) throws -> Bool {
        let digest = try database.current { try $0.chunks.digest(of: id) }
        switch try bytes(ofChunk: id, codec) {
        case .success(let bytes): return SHA256.digest(of: bytes) == digest
        case .failure: return false
        }
    }
}

/// Why a chunk cannot be what was stored.
private struct ChunkDamage: Error {
    let reason: String
}

extension StoreDatabase {
    /// Removes a chunk's digest, so that its bytes will be written again, and marks all objects that contain it.
    func markDamaged(chunk id: Int) throws {
        try transaction { tables in
            try tables.chunks.takeName(of: id)
            try tables.objects.markDamaged(having: id)
        }
    }

    /// Marks an object and the trees that contain it.
    func markDamaged(_ digest: Digest) throws { try transaction { try $0.objects.markDamaged(digest) } }

    /// The error for a damaged artifact.
    func damage(_ digest: Digest, _ reason: String) -> StoreError {
        StoreError(
            .damaged,
            "the artifact \(digest.abbreviated) in \(path) is damaged: \(reason). Run again to recompute it."
        )
    }
}
