import Dataflow
import Digests
import Files

/// One stage in a run: where it is on its way, and what belongs to that.
struct StageRun {
    /// Where a stage is.
    enum Phase {
        /// Its key is not known yet.
        case resolving
        /// It has to run, and waits for its turn.
        case queued(Job)
        /// Somebody else is computing its key.
        case deferred(Job, Deferral)
        /// An attempt is under way.
        case running(Attempt)
        /// An attempt has ended well so far; its outputs are being captured.
        case capturing(Attempt)
        /// An attempt has failed; the next one, of this number, begins at this time.
        case retrying(Job, number: Int, at: Double)
        /// What became of it.
        case ended(StageResult)
    }

    /// Whose result a deferred stage waits for.
    enum Deferral {
        /// Another stage of this run with the same key.
        case sharing
        /// Another run on the store, which is asked again at this time.
        case heldElsewhere(askedAgainAt: Double)
    }

    let stage: Stage
    var phase = Phase.resolving

    /// What has to be done; nil if the key is not known, or the stage has ended.
    var job: Job? {
        switch phase {
        case .queued(let job), .deferred(let job, _), .retrying(let job, _, _): job
        case .running(let attempt), .capturing(let attempt): attempt.job
        case .resolving, .ended: nil
        }
    }

    /// The attempt under way, if there is one.
    var attempt: Attempt? {
        switch phase {
        case .running(let attempt), .capturing(let attempt): attempt
        case .resolving, .queued, .deferred, .retrying, .ended: nil
        }
    }

    /// What became of it; nil as long as it has not ended.
    var result: StageResult? {
        if case .ended(let result) = phase { result } else { nil }
    }

    /// The time at which something has to be done about it, whatever happens; nil if there is none.
    var timer: Double? {
        switch phase {
        case .deferred(_, .heldElsewhere(let time)), .retrying(_, _, let time): time
        case .running(let attempt), .capturing(let attempt): attempt.timer
        case .resolving, .queued, .deferred(_, .sharing), .ended: nil
        }
    }

    /// True if the loop has to look at it from time to time: it has a process, or may have a timer.
    var isWatched: Bool {
        switch phase {
        case .deferred(_, .heldElsewhere), .running, .capturing, .retrying: true
        case .resolving, .queued, .deferred(_, .sharing), .ended: false
        }
    }
}

/// The work of a stage whose key is known and whose result is not.
final class Job {
    /// The stage's place in the selection.
    let index: Int
    let stage: Stage
    /// The key of what is declared.
    let key: Key
    /// The key that is claimed while it is computed.
    let claim: Key
    let material: KeyMaterial
    let reasons: [Staleness]
    /// False if the work is done whatever others are doing.
    let claims: Bool
    /// The outputs that the next attempt must reproduce, when verifying.
    var expected: [String: Artifact]?
    /// The stages of this run with the same key, which wait for this one.
    var sharers: [Int] = []
    /// How long was waited, the last time, before asking for a key that another run holds; 0 before the first time.
    var lastPause = 0.0

    init(
        index: Int, stage: Stage, key: Key, claim: Key, material: KeyMaterial, reasons: [Staleness],
        claims: Bool,
        expected: [String: Artifact]?
    ) {
        self.index = index
        self.stage = stage
        self.key = key
        self.claim = claim
        self.material = material
        self.reasons = reasons
        self.claims = claims
        self.expected = expected
    }

    /// What is recorded of the stage.
    func result(
        _ disposition: Disposition, trace: Trace? = nil, message: String? = nil, started: Double? = nil,
        failure: FailureRecord? = nil, nodes: [Digest: [UInt8]]? = nil
    ) -> StageResult {
        StageResult(
            stage: stage.id, kind: stage.work.kindName, key: trace?.key ?? key, disposition: disposition,
            reasons: disposition == .canceled ? [] : reasons, trace: trace, message: message,
            failureLog: failure?.log, started: started, lastLines: failure?.lastLines ?? [],
            keptFolder: failure?.folder?.text, claim: claim, nodes: nodes.map { DiscoveryNodes($0) })
    }
}

/// What is left of a failed attempt.
struct FailureRecord {
    let log: Digest?
    let lastLines: [String]
    /// Where its folder was kept, if it was.
    let folder: FilePath?
}
