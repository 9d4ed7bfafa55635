internal import ArtifactStore
internal import Compression
internal import Digests
internal import Dispatch
internal import Glibc
internal import Parallelism
internal import Synchronization

/// Checks chunks from a shared cache, and adds those that match their digests to the store, on another thread: while one batch is
/// added, the next is read.
final class ChunkIntake: Sendable {
    /// A chunk, and the pack that it was in.
    struct Item: Sendable {
        let pack: Digest
        let chunk: ChunkPayload
    }

    private struct State {
        var falsePacks: Set<Digest> = []
        var failure: (any Error)?
    }

    private let arrivals: Arrivals
    private let isOfLargeObject: Bool
    private let queue = DispatchQueue(label: "sluice.arrivals")
    private let state = Mutex(State())

    /// - Parameter isOfLargeObject: true for the chunks of an object so large that its bytes belong in the second database.
    init(_ arrivals: Arrivals, isOfLargeObject: Bool) {
        self.arrivals = arrivals
        self.isOfLargeObject = isOfLargeObject
    }

    /// How many bytes to add at a time. Each transaction of the second database waits for the disk several times.
    var batchSize: Int { isOfLargeObject ? 32 << 20 : 8 << 20 }

    /// Begins to add chunks; first waits for the batch before.
    func add(_ batch: [Item]) throws {
        _ = try finish()
        queue.async {
            let threads = sysconf(Int32(_SC_NPROCESSORS_ONLN))
            let isSound = Parallel.values(
                count: batch.count, threads: threads, ZstdCodec(), makeState: { ZstdCodec() }
            ) { batch[$0].chunk.content($1) != nil }
            // A chunk that does not match is missing, so its object will be rejected.
            let sound = batch.indices.filter { isSound[$0] }.map { batch[$0].chunk }
            let result = Result { try self.arrivals.add(sound, ofLargeObject: self.isOfLargeObject) }
            self.state.withLock { state in
                for index in batch.indices where !isSound[index] {
                    state.falsePacks.insert(batch[index].pack)
                }
                if case .failure(let error) = result { state.failure = error }
            }
        }
    }

    /// Waits until all chunks are in the store.
    ///
    /// - Returns: the packs with chunks that do not match their digests.
    func finish() throws -> Set<Digest> {
        wait()
        return try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.falsePacks
        }
    }

    /// Waits for the batch that is being added.
    func wait() { queue.sync {} }
}
