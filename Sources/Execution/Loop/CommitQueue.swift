import Dataflow

/// A result, and why it could not be made durable, if it could not.
struct StageResultAndError: Sendable {
    let result: StageResult
    var error: (any Error)?
}

/// Makes results durable behind the run, many in a transaction, in the order in which they came.
struct CommitQueue {
    /// How many seconds a result waits for others: a transaction writes the same pages for one as for many.
    private static let patience = 0.05

    let store: any ArtifactStoring
    let run: RunID
    let system: any RunSystem
    let mailbox: Mailbox
    private var waiting: [StageResult] = []
    /// When the waiting results are to be committed; nil if they may wait for others.
    private(set) var due: Double?
    /// How many batches are on their way.
    private var batches = 0

    init(store: any ArtifactStoring, run: RunID, system: any RunSystem, mailbox: Mailbox) {
        self.store = store
        self.run = run
        self.system = system
        self.mailbox = mailbox
    }

    /// True if no result is on its way.
    var isIdle: Bool { batches == 0 && waiting.isEmpty }

    /// Takes a result. The record of a stage that was only looked up waits for others, so that a run with nothing to do
    /// writes once.
    mutating func add(_ result: StageResult) {
        waiting.append(result)
        if due == nil && result.disposition != .cached { due = system.now + Self.patience }
    }

    /// Sends all waiting results to the store; a letter says what became of them.
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

    /// A letter about a batch has been read.
    mutating func settleBatch() { batches -= 1 }

    private static func commit(
        _ batch: [StageResult], to store: any ArtifactStoring, _ run: RunID
    ) -> [StageResultAndError] {
        do {
            try store.commit(batch, run: run)
            return batch.map { StageResultAndError(result: $0) }
        } catch {
            // One bad result must not take the others down.
            return batch.map { result in
                var outcome = StageResultAndError(result: result)
                do {
                    try store.commit([result], run: run)
                } catch {
                    outcome.error = error
                }
                if let key = result.claim ?? result.key { try? store.release(key) }
                return outcome
            }
        }
    }
}
