import Dataflow

/// A result, and the error if it could not be made durable.
struct StageResultAndError: Sendable {
    let result: StageResult
    var error: (any Error)?
}

/// Makes results durable in the background, many in a transaction, in order.
struct CommitQueue {
    /// How long a result waits for others, in seconds: a transaction writes the same pages for one as for many.
    private static let patience = 0.05
    /// The number of results that is enough for a transaction, which then runs concurrently with the run loop.
    private static let enough = 256

    let store: any ArtifactStoring
    let run: RunID
    let system: any RunSystem
    let mailbox: Mailbox
    private var waiting: [StageResult] = []
    /// When the waiting results will be committed; nil if they may wait for others.
    private(set) var due: Double?
    /// The number of batches being committed.
    private var batches = 0

    init(store: any ArtifactStoring, run: RunID, system: any RunSystem, mailbox: Mailbox) {
        self.store = store
        self.run = run
        self.system = system
        self.mailbox = mailbox
    }

    /// True if no result is waiting or being committed.
    var isIdle: Bool { batches == 0 && waiting.isEmpty }

    /// True if enough results are waiting for a commit.
    var isFull: Bool { waiting.count >= Self.enough }

    /// Adds a result. The record of a stage that was only looked up waits for others, so that a run with nothing to do
    /// rarely writes.
    mutating func add(_ result: StageResult) {
        waiting.append(result)
        if due == nil && result.disposition != .cached { due = system.now + Self.patience }
    }

    /// Starts committing all waiting results; the mailbox receives the outcome.
    mutating func send() {
        due = nil
        guard !waiting.isEmpty else { return }
        let batch = waiting
        waiting = []
        batches += 1
        system.performInOrder { [store, run, system, mailbox] in
            mailbox.put(.committed(Self.commit(batch, to: store, run)))
            system.wake()
        }
    }

    /// Records that the outcome of a batch has been received.
    mutating func settleBatch() { batches -= 1 }

    private static func commit(
        _ batch: [StageResult], to store: any ArtifactStoring, _ run: RunID
    ) -> [StageResultAndError] {
        do {
            try store.runs.commit(batch, run: run)
            return batch.map { StageResultAndError(result: $0) }
        } catch {
            // One bad result must not fail the others.
            return batch.map { result in
                var outcome = StageResultAndError(result: result)
                do {
                    try store.runs.commit([result], run: run)
                } catch {
                    outcome.error = error
                }
                if let key = result.claim ?? result.key { try? store.claims.release(key) }
                return outcome
            }
        }
    }
}
