internal import Compression
internal import Digests
internal import Dispatch
internal import Files
internal import SQLite
internal import Synchronization

/// A piece of a block on its way into the database.
private struct PendingChunk: Sendable {
    let range: Range<Int>
    var digest: Digest
    var id: Int?
    var compressed: [UInt8]?
}

/// Chunks with the bytes that they are cut from.
private struct PendingBlock: Sendable {
    let bytes: [UInt8]
    var chunks: [PendingChunk]
}

extension ArtifactStore {
    /// How many bytes are cut, compressed and inserted at a time: bounds memory and the length of a transaction.
    private static let blockSize = 16 << 20
    /// How many blocks may wait for the database.
    private static let waitingBlocks = 2

    /// Puts a plain copy's chunks into the database and returns their ids in order.
    ///
    /// While one block is inserted, the next is cut, hashed and compressed on the other cores. Chunks are committed
    /// block by block; until an object refers to them they are nobody's, and `collect` takes them.
    func writeChunks(of digest: Digest) throws -> [Int] {
        let file = try File(workFolder.object(digest), .reading)
        try WorkFolder.checkUntouched(try file.status(), digest)
        let inserter = BlockInserter(store: self, waiting: Self.waitingBlocks)
        var rest: [UInt8] = []
        var isAtEnd = false
        while !isAtEnd {
            let more = try file.read(upTo: Self.blockSize)
            isAtEnd = more.isEmpty
            let bytes = rest.isEmpty ? more : rest + more
            let ranges = Self.chunks(of: bytes.span, isWhole: isAtEnd)
            guard let end = ranges.last?.upperBound else {
                rest = bytes
                continue
            }
            rest = Array(bytes[end...])
            inserter.add(try prepare(ranges, of: bytes))
        }
        let ids = try inserter.finish()
        // What was written here is what was named there.
        try WorkFolder.checkUntouched(try file.status(), digest)
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

    /// Hashes the chunks, looks up which are known, and compresses the others.
    private func prepare(_ ranges: [Range<Int>], of bytes: [UInt8]) throws -> PendingBlock {
        var chunks = concurrentMap(count: ranges.count) { index in
            PendingChunk(
                range: ranges[index], digest: SHA256.digest(of: bytes.span.extracting(ranges[index]).bytes))
        }
        let digests = chunks.map(\.digest)
        let known = try withConnection { connection in
            try digests.map { try Self.chunkID($0, connection) }
        }
        for index in chunks.indices { chunks[index].id = known[index] }
        let missing = chunks.indices.filter { known[$0] == nil }
        let compressed = concurrentMap(count: missing.count) { index in
            ZstdCodec(level: 1).compress(bytes.span.extracting(ranges[missing[index]]).bytes)
        }
        for (index, data) in zip(missing, compressed) { chunks[index].compressed = data }
        return PendingBlock(bytes: bytes, chunks: chunks)
    }

    private static func chunkID(_ digest: Digest, _ connection: Connection) throws -> Int? {
        try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes)) { $0.integer(0) }
    }

    fileprivate func insert(_ block: PendingBlock) throws -> [Int] {
        guard block.chunks.contains(where: { $0.id == nil }) else { return block.chunks.compactMap(\.id) }
        return try withConnection { connection in
            try connection.transaction {
                try block.chunks.map { try $0.id ?? Self.insert($0, of: block, connection) }
            }
        }
    }

    private static func insert(
        _ chunk: PendingChunk, of block: PendingBlock, _ connection: Connection
    ) throws -> Int {
        try connection.run(
            "INSERT INTO chunk (digest, codec, size, stored) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING",
            .blob(chunk.digest.bytes), .integer(chunk.compressed == nil ? 0 : 1), .integer(chunk.range.count),
            .integer(chunk.compressed?.count ?? chunk.range.count))
        guard connection.changes == 1 else {
            // An equal chunk came first, in this file or from another process.
            return try chunkID(chunk.digest, connection) ?? -1
        }
        let id = connection.lastInsertedRow
        let sql = "INSERT INTO chunk_bytes (chunk, bytes) VALUES (?, ?)"
        if let compressed = chunk.compressed {
            try connection.run(sql, .integer(id), blob: compressed.span.bytes)
        } else {
            try connection.run(sql, .integer(id), blob: block.bytes.span.extracting(chunk.range).bytes)
        }
        return id
    }
}

/// Inserts blocks in order on a thread of its own, a few behind who prepares them.
private final class BlockInserter: Sendable {
    private let store: ArtifactStore
    private let queue = DispatchQueue(label: "sluice.chunks")
    private let room: DispatchSemaphore
    private let result = Mutex<Result<[Int], any Error>>(.success([]))

    init(store: ArtifactStore, waiting: Int) {
        self.store = store
        room = DispatchSemaphore(value: waiting)
    }

    func add(_ block: PendingBlock) {
        room.wait()
        queue.async {
            // After a failure the rest is only let go.
            if case .success = self.result.withLock({ $0 }) {
                let inserted = Result { try self.store.insert(block) }
                self.result.withLock { result in
                    result = result.flatMap { ids in inserted.map { ids + $0 } }
                }
            }
            self.room.signal()
        }
    }

    /// The ids of all chunks, once they are in the database.
    func finish() throws -> [Int] {
        queue.sync {}
        return try result.withLock { try $0.get() }
    }

    // A semaphore must not go while blocks are waiting.
    deinit { queue.sync {} }
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
