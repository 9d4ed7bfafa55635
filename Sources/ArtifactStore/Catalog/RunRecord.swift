public import Dataflow
public import Digests
public import StageSchemas

/// One invocation, for users.
public struct RunRecord: Sendable {
    /// Its number.
    public let id: RunID
    /// The pipeline's name.
    public let pipeline: String
    /// The pipeline file as the user named it.
    public let file: String
    /// The command-line arguments.
    public let arguments: [String]
    /// The pipeline's parameters after overrides; empty for runs of versions that did not keep them.
    public let parameters: [String: Value]
    /// The user's name for the run.
    public let name: String?
    /// The user's note on the run.
    public let note: String?
    /// Seconds since 1970.
    public let started: Double
    /// Seconds since 1970; nil if it is still running or was killed.
    public let finished: Double?
    /// How it ended; nil likewise.
    public let outcome: RunOutcome?
    /// True if its process is alive.
    public let isRunning: Bool
    /// The number of stages with each disposition.
    public internal(set) var counts: [Disposition: Int]
}

/// What happened to one stage in a run, for users.
public struct StageRecord: Sendable {
    /// The run.
    public let run: RunID
    /// The stage's description.
    public let stage: String
    /// The kind's name.
    public let kind: String
    /// What happened to it.
    public let disposition: Disposition
    /// Why it was stale.
    public let reasons: [Staleness]
    /// The failure's message.
    public let message: String?
    /// The captured log, of the failure or of the trace.
    public let log: Digest?
    /// The wall seconds of its trace.
    public let seconds: Double?
}

/// What happened to a stage in a run, with what its result cost and measured, for users.
public struct RunStageRecord: Sendable {
    /// The stage's description.
    public let stage: String
    /// The kind's name, or `run`.
    public let kind: String
    /// What happened to it.
    public let disposition: Disposition
    /// Why it was stale.
    public let reasons: [Staleness]
    /// The failure's message.
    public let message: String?
    /// Its result; nil if it has none, or the result was collected.
    public let trace: TraceID?
    /// The captured log, of the failure or of the trace.
    public let log: Digest?
    /// The named numbers of its result.
    public let metrics: [String: Double]
    /// When its attempt started, in seconds since 1970; nil if it did not run.
    public let started: Double?
    /// What its result cost when it was computed; nil if it has none.
    public let cost: Cost?
}

/// The number of a trace in a store.
public struct TraceID: Sendable, Hashable {
    let number: Int

    init(_ number: Int) { self.number = number }
}
