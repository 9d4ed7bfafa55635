internal import Compression
internal import Digests
internal import Dispatch
internal import Glibc
internal import SQLite
internal import Synchronization

/// Bytes of a file that are cut into chunks, on their way into the database.
struct ChunkBlock: Sendable {
    private struct Chunk: Sendable {
        let range: Range<Int>
        let digest: Digest
        /// Its number, where the database has it.
        let id: Int?
        /// Nil where it is stored as it is.
        let compressed: [UInt8]?
    }

    private let bytes: [UInt8]
    private let chunks: [Chunk]

    /// How many bytes it keeps in memory.
    var size: Int { bytes.count }

    /// Hashes the chunks, looks up which are known, and compresses the others, on all cores where there are several.
    ///
    /// - Parameter codec: compresses where there is one chunk.
    init(
        _ bytes: [UInt8], ranges: [Range<Int>], _ codec: borrowing ZstdCodec,
        known: ([Digest]) throws -> [Int?]
    ) throws {
        let digests = concurrentMap(count: ranges.count, codec) { index, _ in
            SHA256.digest(of: bytes.span.extracting(ranges[index]).bytes)
        }
        let ids = try known(digests)
        let compressed = concurrentMap(count: ranges.count, codec) { index, codec in
            ids[index] == nil ? codec.compress(bytes.span.extracting(ranges[index]).bytes) : nil
        }
        self.bytes = bytes
        chunks = ranges.indices.map {
            Chunk(range: ranges[$0], digest: digests[$0], id: ids[$0], compressed: compressed[$0])
        }
    }

    /// The ids of chunks that are known, where all are.
    var knownIDs: [Int]? {
        let ids = chunks.compactMap(\.id)
        return ids.count == chunks.count ? ids : nil
    }

    /// Inserts what the database lacks, and returns the ids of all; inside a transaction.
    ///
    /// - Parameter beside: the database for the bytes, in a transaction as well; nil for the same one.
    func insert(_ connection: Connection, beside: Connection? = nil) throws -> [Int] {
        try chunks.map { chunk in
            if let id = chunk.id { return id }
            try connection.run(
                "INSERT INTO chunk (digest, codec, size, stored, beside) VALUES (?, ?, ?, ?, ?) "
                    + "ON CONFLICT (digest) DO NOTHING",
                .blob(chunk.digest.bytes), .integer(chunk.compressed == nil ? 0 : 1),
                .integer(chunk.range.count), .integer(chunk.compressed?.count ?? chunk.range.count),
                .integer(beside == nil ? 0 : 1))
            guard connection.changes == 1 else {
                // An equal chunk came first, in this file or from another process.
                return try Self.id(of: chunk.digest, connection) ?? -1
            }
            let id = connection.lastInsertedRow
            // Beside, a crash may have left bytes of this number that nobody names.
            let sql = "INSERT OR REPLACE INTO chunk_bytes (chunk, bytes) VALUES (?, ?)"
            let target = beside ?? connection
            if let compressed = chunk.compressed {
                try target.run(sql, .integer(id), blob: compressed.span.bytes)
            } else {
                try target.run(sql, .integer(id), blob: bytes.span.extracting(chunk.range).bytes)
            }
            return id
        }
    }

    /// The number of a chunk, where the database has it.
    static func id(of digest: Digest, _ connection: Connection) throws -> Int? {
        try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes)) { $0.integer(0) }
    }
}

/// The results of `body` for `0..<count`, on all cores, each of which has a codec of its own; `codec` is for one.
private func concurrentMap<Element: Sendable>(
    count: Int, _ codec: borrowing ZstdCodec, _ body: @Sendable (Int, borrowing ZstdCodec) -> Element
) -> [Element] {
    let workers = min(count, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    guard workers > 1 else {
        var results: [Element] = []
        for index in 0..<count { results.append(body(index, codec)) }
        return results
    }
    let results = Mutex([Element?](repeating: nil, count: count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
        let codec = ZstdCodec()
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let element = body(index, codec)
            results.withLock { $0[index] = element }
        }
    }
    return results.withLock { $0.compactMap { $0 } }
}
