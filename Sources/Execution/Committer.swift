import Dataflow
import Dispatch
import Processes
import Synchronization

/// Makes results durable behind the run: one thread, many results in a transaction.
final class Committer: Sendable {
    /// How many seconds a result waits for others: a transaction writes the same pages for one as for many.
    private static let patience = 0.05

    private struct State {
        var pending: [StageResult] = []
        var isExpected = false
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
        let isFirst = state.withLock { state in
            state.pending.append(result)
            guard !state.isExpected && result.disposition != .cached else { return false }
            state.isExpected = true
            return true
        }
        // Weakly: what is left of a run that has finished must not keep the store open.
        if isFirst { queue.asyncAfter(deadline: .now() + Self.patience) { [weak self] in self?.commit() } }
    }

    /// Makes all results durable, and waits for that.
    func finish() { queue.sync { commit() } }

    /// The results that could not be made durable since the last call.
    func takeFailures() -> [(result: StageResult, error: any Error)] {
        state.withLock { state in
            defer { state.failures = [] }
            return state.failures
        }
    }

    private func commit() {
        let batch = state.withLock { state in
            defer { state.pending = [] }
            state.isExpected = false
            return state.pending
        }
        guard !batch.isEmpty else { return }
        do {
            try store.commit(batch, run: run)
        } catch {
            // One bad result must not take the others down.
            for result in batch { commitAlone(result) }
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
