internal import Dispatch
internal import Synchronization

/// Inserts blocks in order on a separate thread, a few behind the thread that prepares them.
final class BlockInserter: Sendable {
    private struct State {
        var ids: [Int] = []
        var failure: (any Error)?
    }

    private let writer: ChunkWriter
    private let isBulk: Bool
    private let queue = DispatchQueue(label: "sluice.chunks")
    private let room: DispatchSemaphore
    private let state = Mutex(State())

    init(writer: ChunkWriter, isBulk: Bool, waiting: Int) {
        self.writer = writer
        self.isBulk = isBulk
        room = DispatchSemaphore(value: waiting)
    }

    func add(_ block: ChunkBlock) {
        room.wait()
        queue.async {
            // After a failure, the remaining blocks are dropped.
            if self.state.withLock({ $0.failure == nil }) {
                do {
                    let ids = try self.writer.insert(block, isBulk: self.isBulk)
                    self.state.withLock { $0.ids += ids }
                } catch {
                    self.state.withLock { $0.failure = error }
                }
            }
            self.room.signal()
        }
    }

    /// The IDs of all chunks, once they are in the database.
    func finish() throws -> [Int] {
        queue.sync {}
        return try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.ids
        }
    }

    /// Waits for the added blocks: the semaphore must not be destroyed while blocks are waiting. Not in deinit, because
    /// the last owner may be the queue itself.
    func wait() { queue.sync {} }
}
