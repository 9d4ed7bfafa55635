internal import Compression
internal import Digests
internal import Dispatch
internal import Files
internal import SQLite
internal import Synchronization

/// What has become of a file's chunks.
struct WrittenChunks: Sendable {
    /// Their numbers in the database, in order.
    let ids: [Int]
    /// The file as it was when its last byte had been read.
    let status: FileStatus
}

extension ArtifactStore {
    /// How many bytes are cut, compressed and inserted at a time: bounds memory and the length of a transaction.
    private static let blockSize = 8 << 20
    /// How many blocks may wait for the database.
    private static let waitingBlocks = 2
    /// Up to so many bytes, an object's chunks are inserted together with those of others.
    static let smallObject = 1 << 20
    /// From more bytes on, an object's chunks are written while it is hashed, to the database for large objects.
    static let largeObject = blockSize

    /// Puts a plain copy's chunks into the database and returns their ids in order.
    func writeChunks(of digest: Digest) throws -> [Int] {
        let file = try open(digest)
        let written = try writeChunks(of: file) { false }
        // What was written here is what was named there.
        try WorkFolder.checkUntouched(written.status, digest)
        return written.ids
    }

    /// Puts a file's chunks into the database.
    ///
    /// While one block is inserted, the next is cut, hashed and compressed on the other cores. Chunks are committed
    /// block by block; until an object refers to them they are nobody's, and `collect` takes them.
    ///
    /// - Parameter isCancelled: asked before each block.
    fileprivate func writeChunks(of file: borrowing File, isCancelled: () -> Bool) throws -> WrittenChunks {
        let beside = try file.status().size > Self.largeObject
        let inserter = BlockInserter(store: self, beside: beside, waiting: Self.waitingBlocks)
        defer { inserter.wait() }
        let codec = ZstdCodec()
        var position = 0
        var isAtEnd = false
        while !isAtEnd {
            if isCancelled() { throw CancellationError() }
            let bytes = try file.read(upTo: Self.blockSize, from: position)
            isAtEnd = bytes.count < Self.blockSize
            let ranges = ContentChunker.chunks(of: bytes.span, isWhole: isAtEnd)
            // What follows the last whole chunk is read again.
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
        return block
    }

    private func open(_ digest: Digest) throws -> File {
        let file = try File(workFolder.object(digest), .reading)
        try WorkFolder.checkUntouched(try file.status(), digest)
        return file
    }

    private func block(
        _ bytes: [UInt8], _ ranges: [Range<Int>], _ codec: borrowing ZstdCodec
    ) throws -> ChunkBlock {
        try ChunkBlock(bytes, ranges: ranges, codec) { digests in
            // By the connection for reading: the other one is busy with the block before.
            try withReader { connection in
                try digests.map { try ChunkBlock.id(of: $0, connection) }
            }
        }
    }

    fileprivate func insert(_ block: ChunkBlock, beside: Bool) throws -> [Int] {
        if let known = block.knownIDs { return known }
        return try withConnection { connection in
            try connection.transaction {
                guard beside else { return try block.insert(connection) }
                return try bulk.transaction { try block.insert(connection, beside: $0) }
            }
        }
    }
}

/// A file's chunks on their way into the database while the file is still being hashed, so that publishing takes as long
/// as the longer of the two.
final class BackgroundWriting: Sendable {
    private let result = Mutex<Result<WrittenChunks, any Error>?>(nil)
    private let isCancelled = Atomic(false)
    private let work = DispatchGroup()
    private let file: File

    /// Begins as soon as the store has written what was given to it before.
    init(_ file: consuming File, store: ArtifactStore) {
        self.file = file
        store.writing.async(group: work) {
            let written = Result {
                try store.writeChunks(of: self.file) { self.isCancelled.load(ordering: .relaxed) }
            }
            self.result.withLock { $0 = written }
        }
    }

    /// The chunks, once they are in the database.
    func finish() throws -> WrittenChunks {
        work.wait()
        guard let result = result.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }

    /// Lets go of what is not yet in the database.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}

/// Inserts blocks in order on a thread of its own, a few behind who prepares them.
private final class BlockInserter: Sendable {
    private let store: ArtifactStore
    private let beside: Bool
    private let queue = DispatchQueue(label: "sluice.chunks")
    private let room: DispatchSemaphore
    private let result = Mutex<Result<[Int], any Error>>(.success([]))

    init(store: ArtifactStore, beside: Bool, waiting: Int) {
        self.store = store
        self.beside = beside
        room = DispatchSemaphore(value: waiting)
    }

    func add(_ block: ChunkBlock) {
        room.wait()
        queue.async {
            // After a failure the rest is only let go.
            if case .success = self.result.withLock({ $0 }) {
                let inserted = Result { try self.store.insert(block, beside: self.beside) }
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

    /// Waits for what was added: a semaphore must not go while blocks are waiting. Not when it is let go, for the last to
    /// do that may be the queue itself.
    func wait() { queue.sync {} }
}
