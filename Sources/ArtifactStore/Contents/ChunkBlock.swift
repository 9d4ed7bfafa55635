internal import Compression
internal import Digests
internal import Glibc
internal import Parallelism

/// Bytes of a file that have been cut into chunks, on their way into the database.
struct ChunkBlock: Sendable {
    private struct Chunk: Sendable {
        let range: Range<Int>
        let digest: Digest
        /// Its ID, if it is in the database.
        let id: Int?
        /// Nil if it is stored uncompressed.
        let compressed: [UInt8]?
    }

    private let bytes: [UInt8]
    private let chunks: [Chunk]

    /// The number of bytes it keeps in memory.
    var size: Int { bytes.count }

    /// Hashes the chunks, looks up which are known, and compresses the others, in parallel if there are several.
    ///
    /// - Parameter codec: compresses if there is only one chunk.
    init(
        _ bytes: [UInt8], ranges: [Range<Int>], _ codec: borrowing ZstdCodec,
        known: ([Digest]) throws -> [Int?]
    ) throws {
        let threads = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let digests = Parallel.values(count: ranges.count, threads: threads) { index in
            SHA256.digest(of: bytes.span.extracting(ranges[index]).bytes)
        }
        let ids = try known(digests)
        let compressed = Parallel.values(
            count: ranges.count, threads: threads, codec, makeState: { ZstdCodec() }
        ) { index, codec in
            ids[index] == nil ? codec.compress(bytes.span.extracting(ranges[index]).bytes) : nil
        }
        self.bytes = bytes
        chunks = ranges.indices.map {
            Chunk(range: ranges[$0], digest: digests[$0], id: ids[$0], compressed: compressed[$0])
        }
    }

    /// The IDs of the chunks, if all are known.
    var knownIDs: [Int]? {
        let ids = chunks.compactMap(\.id)
        return ids.count == chunks.count ? ids : nil
    }

    /// Inserts the chunks that the database lacks and returns the IDs of all; call it in a transaction.
    ///
    /// - Parameter bulk: the table for the bytes in the second database, also in a transaction; nil for this
    ///   database.
    func insert(_ tables: Tables, bulk: ChunkBytesTable? = nil) throws -> [Int] {
        try chunks.map { chunk in
            if let id = chunk.id { return id }
            let inserted = try tables.chunks.insert(
                chunk.digest, chunk.compressed == nil ? .raw : .zstd, size: chunk.range.count,
                stored: chunk.compressed?.count ?? chunk.range.count, isBulk: bulk != nil)
            guard let id = inserted else {
                // An equal chunk was inserted first, from this file or by another process.
                guard let id = try tables.chunks.id(of: chunk.digest) else {
                    throw StoreError(.failed, "the chunk \(chunk.digest.abbreviated) could not be inserted")
                }
                return id
            }
            let target = bulk ?? ChunkBytesTable(connection: tables.connection)
            if let compressed = chunk.compressed {
                try target.insert(id, compressed.span.bytes)
            } else {
                try target.insert(id, bytes.span.extracting(chunk.range).bytes)
            }
            return id
        }
    }
}
