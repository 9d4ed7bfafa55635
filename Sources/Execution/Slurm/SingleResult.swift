import Dataflow
import Synchronization

/// The record of a run of which only one stage's result matters.
final class SingleResult: RunRecording {
    private let stage: StageID
    private let result = Mutex<StageResult?>(nil)

    init(of stage: StageID) { self.stage = stage }

    /// The result, once it is known.
    var value: StageResult? { result.withLock { $0 } }

    func begin(_ description: RunDescription) throws -> RunID { RunID(0) }

    func commit(_ results: [StageResult], run: RunID) throws {
        let own = results.first { $0.stage == stage }
        result.withLock { $0 = own ?? $0 }
    }

    func end(_ run: RunID, outcome: RunOutcome) throws {}
}
