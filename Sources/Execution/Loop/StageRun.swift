import Dataflow
import Digests
import Files

/// A stage in a run: its phase, with the state that belongs to it.
struct StageRun {
    /// The phase of a stage.
    enum Phase {
        /// Its key is not known yet.
        case resolving
        /// The store does not have its result; shared caches are asked.
        case searching(Search)
        /// It has to run and waits for resources.
        case queued(Job)
        /// Another stage or run is computing its key.
        case deferred(Job, Deferral)
        /// An attempt is running.
        case running(Attempt)
        /// An attempt has ended successfully so far; its outputs are being captured.
        case capturing(Attempt)
        /// An attempt has failed; the next one, with this number, starts at this time.
        case retrying(Job, number: Int, at: Double)
        /// It has ended with this result.
        case ended(StageResult)
        /// It was a placeholder for instances that are known now.
        case replaced
    }

    /// What a deferred stage waits for.
    enum Deferral {
        /// Another stage of this run with the same key.
        case sharing
        /// Another run of the store; the key is claimed again at this time.
        case heldElsewhere(askedAgainAt: Double)
    }

    var stage: Stage
    var phase = Phase.resolving

    /// The work to do; nil if the key is not known or the stage has ended.
    var job: Job? {
        switch phase {
        case .queued(let job), .deferred(let job, _), .retrying(let job, _, _): job
        case .running(let attempt), .capturing(let attempt): attempt.job
        case .resolving, .searching, .ended, .replaced: nil
        }
    }

    /// The running attempt, if there is one.
    var attempt: Attempt? {
        switch phase {
        case .running(let attempt), .capturing(let attempt): attempt
        case .resolving, .searching, .queued, .deferred, .retrying, .ended, .replaced: nil
        }
    }

    /// Its result; nil until it has ended.
    var result: StageResult? {
        if case .ended(let result) = phase { result } else { nil }
    }

    /// When it needs attention even if nothing happens; nil if it does not.
    var timer: Double? {
        switch phase {
        case .deferred(_, .heldElsewhere(let time)), .retrying(_, _, let time): time
        case .running(let attempt), .capturing(let attempt): attempt.timer
        case .resolving, .searching, .queued, .deferred(_, .sharing), .ended, .replaced: nil
        }
    }

    /// True if the loop has to check it: it has a process or may have a timer.
    var isWatched: Bool {
        switch phase {
        case .deferred(_, .heldElsewhere), .running, .capturing, .retrying: true
        case .resolving, .searching, .queued, .deferred(_, .sharing), .ended, .replaced: false
        }
    }
}

/// The work of a stage whose key is known and whose result is not.
final class Job {
    /// The stage's index in the selection.
    let index: Int
    let stage: Stage
    /// The key of what is declared.
    let key: Key
    /// The key that is claimed while it is computed.
    let claim: Key
    let material: KeyMaterial
    let reasons: [Staleness]
    /// False if the work is done even if another run is doing it.
    let claims: Bool
    /// The outputs that the next attempt must reproduce, when verifying.
    var expected: [String: Artifact]?
    /// How often an attempt was lost with its machine.
    var losses = 0
    /// The stages of this run with the same key, which wait for this one.
    var sharers: [Int] = []
    /// The latest delay before claiming a key that another run holds; 0 before the first time.
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

    /// The result to record.
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
