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
        let file = try File(workFolder.object(digest), .reading)
        var ids: [Int] = []
        var block: [UInt8] = []
        var isAtEnd = false
        while !isAtEnd {
            let more = try file.read(upTo: Self.batchSize)
            isAtEnd = more.isEmpty
            block += more
            let ranges = Self.chunks(of: block.span, isWhole: isAtEnd)
            guard let end = ranges.last?.upperBound else { continue }
            ids += try write(ranges, of: block)
            block.removeFirst(end)
        }
        return ids
    }

    /// The chunks of a block; the last, which may go on behind the block, only where the block ends the file.
    private static func chunks(of block: Span<UInt8>, isWhole: Bool) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var position = 0
        while position < block.count {
            let end = ContentChunker.end(of: block, from: position)
            if !isWhole && end + ContentChunker.maximum > block.count { break }
            ranges.append(position..<end)
            position = end
        }
        return ranges
    }

    private func write(_ ranges: [Range<Int>], of block: [UInt8]) throws -> [Int] {
        var chunks = ranges.map { PendingChunk(range: $0) }
        let digests = concurrentMap(count: ranges.count) { index in
            SHA256.digest(of: block.span.extracting(ranges[index]).bytes)
        }
        let known = try withConnection { connection in
            try digests.map { digest in
                try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes)) {
                    $0.integer(0)
                }
            }
        }
        for index in chunks.indices {
            chunks[index].digest = digests[index]
            chunks[index].id = known[index]
        }
        let missing = chunks.indices.filter { known[$0] == nil }
        let compressed = concurrentMap(count: missing.count) { index in
            ZstdCodec(level: 1).compress(block.span.extracting(ranges[missing[index]]).bytes)
        }
        for (index, data) in zip(missing, compressed) { chunks[index].compressed = data }
        return try insert(chunks, of: block)
    }

    private func insert(_ chunks: [PendingChunk], of block: [UInt8]) throws -> [Int] {
        guard chunks.contains(where: { $0.id == nil }) else { return chunks.compactMap(\.id) }
        return try withConnection { connection in
            try connection.transaction {
                try chunks.map { chunk in
                    if let id = chunk.id { return id }
                    guard let digest = chunk.digest else { preconditionFailure("every chunk was hashed") }
                    try connection.run(
                        "INSERT INTO chunk (digest, codec, size, bytes) VALUES (?, ?, ?, ?) "
                            + "ON CONFLICT (digest) DO NOTHING",
                        .blob(digest.bytes), .integer(chunk.compressed == nil ? 0 : 1),
                        .integer(chunk.range.count), .blob(chunk.compressed ?? Array(block[chunk.range])))
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
