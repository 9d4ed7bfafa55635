internal import Compression
internal import Dataflow
internal import Digests
internal import Parallelism
internal import SQLite

/// Reads chunks and the objects made of them.
struct ChunkReader: Sendable {
    let database: StoreDatabase

    /// The largest object that is checked in memory before any of it is handed out.
    private static let checkedInMemory = 8 << 20
    /// How many chunks are read at a time.
    private static let batch = 64
    /// The largest object that is read together with others.
    static let smallObject = 256 << 10

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
        let trouble = try read(chunks, digest, size: size, body)
        guard let trouble else { return }
        for chunk in Set(chunks).sorted() { _ = try database.marksDamage(ofChunk: chunk) }
        guard try database.marksDamage(of: digest) ?? false else { throw database.absence(digest) }
        throw database.damage(digest, trouble)
    }

    /// Calls `body` with the bytes of chunks, while the next ones are read on another thread.
    ///
    /// - Returns: why they do not match a digest and a size; nil if they do.
    private func read(
        _ chunks: [Int], _ digest: Digest, size: Int?, _ body: ([UInt8]) throws -> Void
    ) throws -> String? {
        var hasher = SHA256()
        var total = 0
        do {
            try Parallel.overlap(batchesOf: Self.batch, chunks) { chunks in
                try contents(ofChunks: Array(chunks))
            } use: { _, contents in
                for content in contents {
                    let bytes = try content.get()
                    total += bytes.count
                    if let size, total > size {
                        throw ChunkDamage(reason: "it has more bytes than its recorded size")
                    }
                    hasher.update(bytes)
                    try body(bytes)
                }
            }
        } catch let damage as ChunkDamage {
            return damage.reason
        }
        return hasher.finalize() == digest ? nil : "its bytes do not match its digest"
    }

    /// The bytes of chunks, as many as their rows state; or why they are missing or cannot be what was stored.
    private func contents(ofChunks ids: [Int]) throws -> [Result<[UInt8], ChunkDamage>] {
        let codec = ZstdCodec()
        return try database.storedChunks(ids).map { stored in
            switch stored {
            case .success(let stored): stored.content(codec)
            case .failure(let damage): .failure(damage)
            }
        }
    }

    /// The bytes of chunks, each compared with its digest; nil if one is missing or damaged.
    func checkedContents(ofChunks ids: [Int]) throws -> [[UInt8]]? {
        let digests = try database.currentState { tables in try ids.map { try tables.chunks.digest(of: $0) } }
        var checked: [[UInt8]] = []
        for start in stride(from: 0, to: ids.count, by: Self.batch) {
            let part = start..<min(start + Self.batch, ids.count)
            for (index, content) in zip(part, try contents(ofChunks: Array(ids[part]))) {
                guard case .success(let bytes) = content, SHA256.digest(of: bytes) == digests[index] else {
                    return nil
                }
                checked.append(bytes)
            }
        }
        return checked
    }

    /// The bytes of small objects, each compared with its digest; nil for one that is large, missing or damaged.
    func smallContents(of digests: [Digest]) throws -> [[UInt8]?] {
        let limit = Self.smallObject
        let stored = try database.currentState { tables in
            let ids = try digests.map { try tables.objects.chunks(ofSmall: $0, limit: limit) }
            var all = try tables.storedChunks(ids.flatMap { $0 ?? [] }, database.bulk)[...]
            return ids.map { ids in
                defer { all = all.dropFirst(ids?.count ?? 0) }
                return ids.map { all.prefix($0.count) }
            }
        }
        let codec = ZstdCodec()
        return zip(digests, stored).map { digest, chunks in
            guard let chunks else { return nil }
            var bytes: [UInt8] = []
            for chunk in chunks {
                guard case .success(let content) = chunk.flatMap({ $0.content(codec) }),
                    bytes.count + content.count <= limit
                else { return nil }
                if bytes.isEmpty { bytes = content } else { bytes += content }
            }
            return SHA256.digest(of: bytes) == digest ? bytes : nil
        }
    }
}

extension StoreDatabase {
    /// Checks a chunk that seems to be damaged, in a transaction, so that it cannot be collected or its ID be reused. If it is
    /// damaged, its digest is removed, so that its bytes will be written again, and all objects that contain it are marked.
    ///
    /// - Returns: true if it is damaged, even if the store cannot be written.
    func marksDamage(ofChunk id: Int) throws -> Bool {
        try undisturbed { tables, mayWrite in
            let codec = ZstdCodec()
            guard try ContentCheck(tables: tables, bulk: bulk).isDamaged(chunk: id, codec) else {
                return false
            }
            if mayWrite {
                try tables.chunks.takeName(of: id)
                try tables.objects.markDamaged(having: id)
            }
            return true
        }
    }

    /// Checks an object that seems to be damaged, in a transaction, so that it cannot be collected. If it is damaged, it and the
    /// trees that contain it are marked. Its chunks must have been checked before.
    ///
    /// - Returns: true if it is damaged, false if it is not, nil if it is no longer in the store.
    func marksDamage(of digest: Digest) throws -> Bool? {
        try undisturbed { tables, mayWrite -> Bool? in
            guard try tables.objects.exists(digest), let artifact = try tables.objects.artifact(digest)
            else { return nil }
            guard try tables.objects.isWhole(digest) else { return true }
            let codec = ZstdCodec()
            let id = try tables.objects.id(of: digest)
            guard try !ContentCheck(tables: tables, bulk: bulk).isWhole(id, artifact, codec) else {
                return false
            }
            if mayWrite { try tables.objects.markDamaged(digest) }
            return true
        }
    }

    /// Marks an object and the trees that contain it.
    func markDamaged(_ digest: Digest) throws { try transaction { try $0.objects.markDamaged(digest) } }

    /// The error for an artifact that was removed while it was read.
    func absence(_ digest: Digest) -> StoreError {
        StoreError(
            .missing,
            "the artifact \(digest.abbreviated) was removed from \(path) while it was read; "
                + "run again to recompute it")
    }

    /// The error for a damaged artifact.
    func damage(_ digest: Digest, _ reason: String) -> StoreError {
        StoreError(
            .damaged,
            "the artifact \(digest.abbreviated) in \(path) is damaged: \(reason). Run again to recompute it."
        )
    }
}
