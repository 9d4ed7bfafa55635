internal import Compression
internal import Digests
internal import Dispatch
internal import Files
internal import SQLite
internal import Synchronization

/// A piece of a file on its way into the database.
private struct PendingChunk: Sendable {
    let range: Range<Int>
    var digest: Digest?
    var compressed: [UInt8]?
    var id: Int?
}

extension ArtifactStore {
    /// How many bytes are cut, compressed and inserted at a time: bounds memory and the length of a transaction.
    private static let batchSize = 16 * 1024 * 1024

    /// Puts a plain copy's chunks into the database and returns their ids in order.
    ///
    /// Chunks are committed in batches; until an object refers to them they are nobody's, and `collect` takes them.
    func writeChunks(of digest: Digest) throws -> [Int] {
        var ids: [Int] = []
        try FileContents.withMapped(workFolder.object(digest)) { bytes in
            var position = 0
            while position < bytes.count {
                var chunks: [PendingChunk] = []
                let start = position
                while position < bytes.count && position - start < Self.batchSize {
                    let end = ContentChunker.end(of: bytes, from: position)
                    chunks.append(PendingChunk(range: position..<end))
                    position = end
                }
                ids += try write(chunks, of: bytes)
            }
        }
        return ids
    }

    private func write(_ chunks: [PendingChunk], of bytes: Span<UInt8>) throws -> [Int] {
        let ranges = chunks.map(\.range)
        let digests = concurrentMap(count: chunks.count) { index in
            var hasher = SHA256()
            hasher.update(bytes.extracting(ranges[index]).bytes)
            return hasher.finalize()
        }
        var chunks = chunks
        for index in chunks.indices { chunks[index].digest = digests[index] }
        let known = try withConnection { connection in
            try digests.map { digest in
                try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes)) {
                    $0.integer(0)
                }
            }
        }
        for index in chunks.indices { chunks[index].id = known[index] }
        let missing = chunks.indices.filter { chunks[$0].id == nil }
        let compressed = concurrentMap(count: missing.count) { index in
            ZstdCodec(level: 1).compress(bytes.extracting(ranges[missing[index]]).bytes)
        }
        for (index, data) in zip(missing, compressed) { chunks[index].compressed = data }
        return try insert(chunks, of: bytes)
    }

    private func insert(_ chunks: [PendingChunk], of bytes: Span<UInt8>) throws -> [Int] {
        var plain: [Int: [UInt8]] = [:]
        for (index, chunk) in chunks.enumerated() where chunk.id == nil && chunk.compressed == nil {
            plain[index] = bytes.extracting(chunk.range).array
        }
        guard chunks.contains(where: { $0.id == nil }) else { return chunks.compactMap(\.id) }
        return try withConnection { connection in
            try connection.transaction {
                try chunks.enumerated().map { index, chunk in
                    if let id = chunk.id { return id }
                    guard let digest = chunk.digest else { preconditionFailure("every chunk was hashed") }
                    try connection.run(
                        "INSERT INTO chunk (digest, codec, size, bytes) VALUES (?, ?, ?, ?) "
                            + "ON CONFLICT (digest) DO NOTHING",
                        .blob(digest.bytes), .integer(chunk.compressed == nil ? 0 : 1),
                        .integer(chunk.range.count), .blob(chunk.compressed ?? plain[index] ?? []))
                    // A conflict means that an equal chunk came first, in this file or from another process.
                    if connection.changes == 1 { return connection.lastInsertedRow }
                    return try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes))
                    {
                        $0.integer(0)
                    } ?? -1
                }
            }
        }
    }
}

/// The results of `body` for `0..<count`, computed on all cores.
private func concurrentMap<Element: Sendable>(count: Int, _ body: @Sendable (Int) -> Element) -> [Element] {
    guard count > 1 else { return (0..<count).map(body) }
    let results = Mutex([Element?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
        let element = body(index)
        results.withLock { $0[index] = element }
    }
    return results.withLock { $0.compactMap { $0 } }
}

extension Span<UInt8> {
    /// A copy of the bytes.
    var array: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        for index in indices { result.append(self[index]) }
        return result
    }
}
