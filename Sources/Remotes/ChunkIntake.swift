internal import ArtifactStore
internal import Compression
internal import Digests
internal import Dispatch
internal import Glibc
internal import Parallelism
internal import Synchronization

/// Checks chunks from a shared cache, and adds those that match their digests to the store, on other threads: while one batch is
/// added, the next is checked, and a third is read.
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
    private let areMany: Bool
    private let checking = DispatchQueue(label: "sluice.arrivals.checking")
    private let adding = DispatchQueue(label: "sluice.arrivals.adding")
    /// How many batches may still be taken.
    private let room = DispatchSemaphore(value: 2)
    private let state = Mutex(State())

    /// - Parameter areMany: true if there will be so many bytes that they belong in the second database.
    init(_ arrivals: Arrivals, areMany: Bool) {
        self.arrivals = arrivals
        self.areMany = areMany
    }

    /// How many bytes to add at a time. Each transaction of the second database waits for the disk several times.
    var batchSize: Int { areMany ? 32 << 20 : 8 << 20 }

    /// Begins to add chunks, once at most one batch is waiting.
    func add(_ batch: [Item]) throws {
        room.wait()
        if let failure = state.withLock({ $0.failure }) {
            room.signal()
            throw failure
        }
        checking.async {
            let sound = self.check(batch)
            self.adding.async {
                let result = Result { try self.arrivals.add(sound, areMany: self.areMany) }
                if case .failure(let error) = result { self.state.withLock { $0.failure = error } }
                self.room.signal()
            }
        }
    }

    /// The chunks that match their digests. One that does not is missing, so its object will be rejected.
    private func check(_ batch: [Item]) -> [ChunkPayload] {
        let threads = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let isSound = Parallel.values(
            count: batch.count, threads: threads, ZstdCodec(), makeState: { ZstdCodec() }
        ) { batch[$0].chunk.content($1) != nil }
        state.withLock { state in
            for index in batch.indices where !isSound[index] { state.falsePacks.insert(batch[index].pack) }
        }
        return batch.indices.filter { isSound[$0] }.map { batch[$0].chunk }
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

    /// Waits for the batches that are being checked or added.
    func wait() {
        checking.sync {}
        adding.sync {}
    }
}
