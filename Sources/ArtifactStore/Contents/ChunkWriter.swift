internal import Compression
internal import Digests
internal import Files

/// Cuts files into chunks and writes them to the database.
struct ChunkWriter: Sendable {
    let parts: StoreParts

    /// How many bytes are cut, compressed and inserted at a time; limits memory and the length of a transaction.
    private static let blockSize = 8 << 20
    /// How many blocks may wait for the database.
    private static let waitingBlocks = 2
    /// The chunks of objects up to this size are inserted together with those of others.
    static let smallObject = 1 << 20
    /// The chunks of objects from this size on are written while the object is hashed, to the database for large
    /// objects.
    static let largeObject = blockSize

    /// Writes a plain copy's chunks to the database and returns their IDs in order.
    func writeChunks(of digest: Digest) throws -> [Int] {
        let file = try open(digest)
        let written = try writeChunks(of: file) { false }
        // The file that was written is the one that was hashed.
        try WorkFolder.checkUntouched(written.status, digest)
        return written.ids
    }

    /// Writes a file's chunks to the database.
    ///
    /// While one block is inserted, the next is cut, hashed and compressed on the other cores. Chunks are committed
    /// block by block; as long as no object refers to them, the next collection removes them.
    ///
    /// - Parameter isCancelled: checked before each block.
    func writeChunks(of file: borrowing File, isCancelled: () -> Bool) throws -> WrittenChunks {
        let isBulk = try file.status().size > Self.largeObject
        let inserter = BlockInserter(writer: self, isBulk: isBulk, waiting: Self.waitingBlocks)
        defer { inserter.wait() }
        let codec = ZstdCodec()
        var position = 0
        var isAtEnd = false
        while !isAtEnd {
            if isCancelled() { throw CancellationError() }
            let bytes = try file.read(upTo: Self.blockSize, from: position)
            isAtEnd = bytes.count < Self.blockSize
            let ranges = ContentChunker.chunks(of: bytes.span, isWhole: isAtEnd)
            // Whatever follows the last whole chunk is read again.
            position += ranges.last?.upperBound ?? 0
            if !ranges.isEmpty { inserter.add(try block(bytes, ranges, codec)) }
        }
        let status = try file.status()
        return WrittenChunks(ids: try inserter.finish(), status: status)
    }

    /// The chunks of a small plain copy, not yet in the database.
    func chunks(ofSmall digest: Digest, _ codec: borrowing ZstdCodec) throws -> ChunkBlock {
        let file = try open(digest)
        let bytes = try file.read(upTo: Self.smallObject + 1, from: 0)
        let block = try block(bytes, ContentChunker.chunks(of: bytes.span, isWhole: true), codec)
        try WorkFolder.checkUntouched(try file.status(), digest)
        // Rehashing so few bytes costs nothing; for large files, checking the times has to suffice.
        guard SHA256.digest(of: bytes) == digest else { throw StoreError.writtenTo(digest) }
        return block
    }

    private func open(_ digest: Digest) throws -> File {
        let file = try File(parts.work.object(digest), .reading)
        try WorkFolder.checkUntouched(try file.status(), digest)
        return file
    }

    private func block(
        _ bytes: [UInt8], _ ranges: [Range<Int>], _ codec: borrowing ZstdCodec
    ) throws -> ChunkBlock {
        try ChunkBlock(bytes, ranges: ranges, codec) { digests in
            // The writing connection is busy with the previous block.
            try parts.database.lookUp { tables in try digests.map { try tables.chunks.id(of: $0) } }
        }
    }

    /// Commits a block's new chunks and returns the IDs of all.
    ///
    /// - Parameter isBulk: true for the database for large objects.
    func insert(_ block: ChunkBlock, isBulk: Bool) throws -> [Int] {
        if let known = block.knownIDs { return known }
        guard isBulk else { return try parts.database.transaction { try block.insert($0) } }
        return try parts.database.bulkTransaction { try block.insert($0, bulk: $1) }
    }
}
