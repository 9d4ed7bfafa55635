import Dataflow
import Dispatch
import Processes
import Synchronization

/// Makes results durable behind the run: one thread, many results in a transaction.
final class Committer: Sendable {
    private struct State {
        var pending: [StageResult] = []
        var isBusy = false
        var failures: [(result: StageResult, error: any Error)] = []
    }

    private let store: any ArtifactStoring
    private let run: RunID
    private let wake: Pipe
    private let queue = DispatchQueue(label: "sluice.commit")
    private let state = Mutex(State())

    init(store: any ArtifactStoring, run: RunID, wake: Pipe) {
        self.store = store
        self.run = run
        self.wake = wake
    }

    /// Takes a result; returns at once. The record of a stage that was only looked up waits for others, so that a run
    /// with nothing to do writes once.
    func add(_ result: StageResult) {
        let starts = state.withLock { state in
            state.pending.append(result)
            guard !state.isBusy && result.disposition != .cached else { return false }
            state.isBusy = true
            return true
        }
        if starts { queue.async { self.work() } }
    }

    /// Waits until all results are durable.
    func finish() {
        queue.sync {}
        let starts = state.withLock { state in
            guard !state.pending.isEmpty else { return false }
            state.isBusy = true
            return true
        }
        if starts { work() }
    }

    /// The results that could not be made durable since the last call.
    func takeFailures() -> [(result: StageResult, error: any Error)] {
        state.withLock { state in
            defer { state.failures = [] }
            return state.failures
        }
    }

    private func work() {
        while true {
            let batch = state.withLock { state in
                defer { state.pending = [] }
                state.isBusy = !state.pending.isEmpty
                return state.pending
            }
            if batch.isEmpty { return }
            do {
                try store.commit(batch, run: run)
            } catch {
                // One bad result must not take the others down.
                for result in batch { commitAlone(result) }
            }
        }
    }

    private func commitAlone(_ result: StageResult) {
        do {
            try store.commit([result], run: run)
        } catch {
            state.withLock { $0.failures.append((result, error)) }
            wake.wake()
        }
        if let key = result.key { try? store.release(key) }
    }
}
