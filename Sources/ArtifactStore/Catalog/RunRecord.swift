public import Dataflow
public import Digests

/// One invocation, for people.
public struct RunRecord: Sendable {
    /// Its number.
    public let id: RunID
    /// The pipeline's name.
    public let pipeline: String
    /// The pipeline file as the user named it.
    public let file: String
    /// The command line's words.
    public let arguments: [String]
    /// Seconds since 1970.
    public let started: Double
    /// Seconds since 1970; nil while it is running, or if it was killed.
    public let finished: Double?
    /// How it ended; nil as above.
    public let outcome: RunOutcome?
    /// Whether its process lives.
    public let isRunning: Bool
    /// How many stages had each disposition.
    public internal(set) var counts: [Disposition: Int]
}

/// What became of one stage in a run, for people.
public struct StageRecord: Sendable {
    /// The run.
    public let run: RunID
    /// The stage's description.
    public let stage: String
    /// The kind's name.
    public let kind: String
    /// What became of it.
    public let disposition: Disposition
    /// Why it had to be done.
    public let reasons: [Staleness]
    /// The sentence of a failure.
    public let message: String?
    /// The captured log, of the failure or of the trace.
    public let log: Digest?
    /// The wall seconds of its trace.
    public let seconds: Double?
}
