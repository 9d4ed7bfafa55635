internal import Compression
internal import Dataflow
internal import Digests

/// Compares the store's content with its digests.
///
/// The tables should be those of a transaction, so that nothing is collected and no ID is reused meanwhile.
struct ContentCheck {
    let tables: Tables
    let bulk: BulkDatabase

    /// True if a chunk's bytes match its digest.
    func isWhole(chunk id: Int, _ codec: borrowing ZstdCodec) throws -> Bool {
        let digest = try tables.chunks.digest(of: id)
        guard case .success(let stored) = try tables.storedChunk(id, bulk),
            case .success(let bytes) = stored.content(codec)
        else { return false }
        return SHA256.digest(of: bytes) == digest
    }

    /// True if a chunk is wrong and that matters: one without a digest was found to be damaged earlier, and nothing uses it once
    /// its artifacts have been recomputed.
    func isDamaged(chunk id: Int, _ codec: borrowing ZstdCodec) throws -> Bool {
        guard try tables.chunks.exists(id) else { return false }
        guard try tables.chunks.digest(of: id) != nil else { return try tables.objects.uses(chunk: id) }
        return try !isWhole(chunk: id, codec)
    }

    /// True if an object's chunks, in order, match its digest, and a tree's manifest matches what the tree references. The state
    /// of every chunk must be known by now: a damaged one has no digest.
    func isWhole(_ id: Int, _ artifact: Artifact, _ codec: borrowing ZstdCodec) throws -> Bool {
        guard artifact.shape == .tree else { return try hasItsBytes(id, artifact, codec) }
        let limit = TreeManifest.maximumBytes(entries: Capture.maximumEntries)
        var bytes: [UInt8] = []
        for chunk in try tables.objects.chunks(of: id) {
            guard let piece = try content(ofChunk: chunk, codec), bytes.count + piece.count <= limit
            else { return false }
            bytes += piece
        }
        guard SHA256.digest(of: bytes) == artifact.digest, let manifest = TreeManifest(bytes: bytes) else {
            return false
        }
        return try matches(manifest, id, artifact)
    }

    private func hasItsBytes(_ id: Int, _ artifact: Artifact, _ codec: borrowing ZstdCodec) throws -> Bool {
        // The usual case: nothing has to be read.
        if let only = try tables.objects.onlyChunk(of: id) {
            return only.digest == artifact.digest && only.size == artifact.size
        }
        var hasher = SHA256()
        var total = 0
        for chunk in try tables.objects.chunks(of: id) {
            guard let bytes = try content(ofChunk: chunk, codec) else { return false }
            total += bytes.count
            guard total <= artifact.size else { return false }
            hasher.update(bytes)
        }
        guard total == artifact.size else { return false }
        return hasher.finalize() == artifact.digest
    }

    /// True if a manifest has the references and the total size that the database has recorded.
    private func matches(_ manifest: TreeManifest, _ id: Int, _ artifact: Artifact) throws -> Bool {
        let children = try tables.objects.children(of: id)
        let known = Dictionary(children.map { ($0.digest, $0) }) { first, _ in first }
        var size = 0
        for entry in manifest.entries {
            guard let child = known[entry.digest], (child.shape == .tree) == (entry.kind == .tree) else {
                return false
            }
            size = size.adding(child.size)
        }
        return size == artifact.size && known.count == Set(manifest.entries.map(\.digest)).count
    }

    /// A chunk's bytes; nil if they are missing or cannot be what was stored.
    private func content(ofChunk id: Int, _ codec: borrowing ZstdCodec) throws -> [UInt8]? {
        guard case .success(let stored) = try tables.storedChunk(id, bulk),
            case .success(let bytes) = stored.content(codec)
        else { return nil }
        return bytes
    }
}

/// A chunk's bytes as they are stored.
struct StoredChunk: Sendable {
    let id: Int
    let codec: ChunkTable.Codec
    /// The number of bytes when they are decompressed.
    let size: Int
    let bytes: [UInt8]

    /// The bytes, as many as the row states.
    func content(_ zstd: borrowing ZstdCodec) -> Result<[UInt8], ChunkDamage> {
        switch codec {
        case .raw:
            guard bytes.count == size else {
                return .failure(ChunkDamage(reason: "chunk \(id) has \(bytes.count) bytes, not \(size)"))
            }
            return .success(bytes)
        case .zstd:
            do {
                return .success(try zstd.decompress(bytes.span.bytes, size: size))
            } catch {
                return .failure(ChunkDamage(reason: "\(error)"))
            }
        }
    }
}

/// Why a chunk cannot be what was stored.
struct ChunkDamage: Error {
    let reason: String
}

extension Tables {
    /// A chunk's stored bytes, or why they are missing.
    func storedChunk(_ id: Int, _ bulk: BulkDatabase) throws -> Result<StoredChunk, ChunkDamage> {
        try storedChunks([id], bulk)[0]
    }

    /// The stored bytes of chunks, or why they are missing.
    func storedChunks(_ ids: [Int], _ bulk: BulkDatabase) throws -> [Result<StoredChunk, ChunkDamage>] {
        let rows = try ids.map { try row(ofChunk: $0) }
        let beside = zip(ids, rows).filter { (try? $1.get())?.isBulk == true }.map(\.0)
        let besideBytes =
            beside.isEmpty ? [:] : try bulk.bytes(ofChunks: beside, limit: ContentChunker.maximum)
        return zip(ids, rows).map { id, row in
            row.flatMap { row in
                guard let bytes = row.isBulk ? besideBytes[id] : row.bytes else {
                    return .failure(ChunkDamage(reason: "the bytes of chunk \(id) are missing"))
                }
                return .success(StoredChunk(id: id, codec: row.codec, size: row.size, bytes: bytes))
            }
        }
    }

    private func row(ofChunk id: Int) throws -> Result<ChunkTable.Stored, ChunkDamage> {
        do {
            guard let row = try chunks.stored(id) else {
                return .failure(ChunkDamage(reason: "chunk \(id) is missing"))
            }
            return .success(row)
        } catch let error as StoreError where error.code == .damaged {
            return .failure(ChunkDamage(reason: error.message))
        }
    }
}

extension StoreDatabase {
    /// The stored bytes of chunks, or why they are missing, in the current state.
    func storedChunks(_ ids: [Int]) throws -> [Result<StoredChunk, ChunkDamage>] {
        try currentState { try $0.storedChunks(ids, bulk) }
    }
}
