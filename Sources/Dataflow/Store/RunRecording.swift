public import Digests
public import StageSchemas

/// Records runs and their results.
public protocol RunRecording: Sendable {
    /// Starts the record of a run.
    func begin(_ description: RunDescription) throws -> RunID

    /// Makes results durable, each in one transaction: all of its captured outputs and its trace.
    func commit(_ results: [StageResult], run: RunID) throws

    /// Completes the record of a run.
    func end(_ run: RunID, outcome: RunOutcome) throws
}

/// The number of a run in a store.
public struct RunID: Sendable, Hashable, CustomStringConvertible {
    /// The number.
    public let number: Int

    /// The id of a number.
    public init(_ number: Int) { self.number = number }

    /// The number.
    public var description: String { String(number) }
}

/// What a run was asked to do.
public struct RunDescription: Sendable, Hashable {
    /// The pipeline's name.
    public let pipeline: String
    /// The path of the pipeline file as the user wrote it.
    public let file: String
    /// The arguments of the command line.
    public let arguments: [String]
    /// The pipeline's parameters after overrides.
    public let parameters: [String: Value]
    /// The user's name for the run.
    public let name: String?
    /// The user's note on the run.
    public let note: String?

    package init(
        pipeline: String, file: String, arguments: [String], parameters: [String: Value] = [:],
        name: String? = nil, note: String? = nil
    ) {
        self.pipeline = pipeline
        self.file = file
        self.arguments = arguments
        self.parameters = parameters
        self.name = name
        self.note = note
    }
}

/// How a run ended.
public enum RunOutcome: String, Sendable, Hashable { case succeeded, failed, interrupted }

/// The outcome of a stage in a run.
public enum Disposition: String, Sendable, Hashable, Codable { case ran, cached, failed, skipped, canceled }

/// The result of a stage in a run: one row of the run's record.
///
/// A class because it is passed around a lot and never changes.
public final class StageResult: Sendable {
    /// The stage.
    public let stage: StageID
    /// The kind's name, or `run`.
    public let kind: String
    /// The key, if all inputs were known; of a command whose reads are observed, that of its result once it has one.
    public let key: Key?
    /// The key that was claimed for it, if that is another.
    public let claim: Key?
    /// The nodes of what its command has discovered.
    public let nodes: DiscoveryNodes?
    /// Its outcome.
    public let disposition: Disposition
    /// Why it had to run; empty if it did not have to.
    public let reasons: [Staleness]
    /// The trace, for `ran` and `cached`.
    public let trace: Trace?
    /// The message of a failure.
    public let message: String?
    /// The captured log of a failed attempt; nil otherwise.
    public let failureLog: Digest?
    /// When its attempt started, in seconds since 1970; nil if there was none.
    public let started: Double?
    /// The end of a failed attempt's log, for people.
    public let lastLines: [String]
    /// Where the folder of a failed attempt was kept; nil if it was not.
    public let keptFolder: String?

    package init(
        stage: StageID, kind: String, key: Key?, disposition: Disposition, reasons: [Staleness] = [],
        trace: Trace? = nil, message: String? = nil, failureLog: Digest? = nil, started: Double? = nil,
        lastLines: [String] = [], keptFolder: String? = nil, claim: Key? = nil, nodes: DiscoveryNodes? = nil
    ) {
        self.stage = stage
        self.kind = kind
        self.key = key
        self.disposition = disposition
        self.reasons = reasons
        self.trace = trace
        self.message = message
        self.failureLog = failureLog
        self.started = started
        self.lastLines = lastLines
        self.keptFolder = keptFolder
        self.claim = claim
        self.nodes = nodes
    }
}
