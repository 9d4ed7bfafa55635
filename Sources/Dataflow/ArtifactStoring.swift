public import Digests
public import Files

/// What the engine asks of a store. `ArtifactStore` keeps it in SQLite, `InMemoryArtifactStore` for tests.
///
/// Every method may be called from any thread.
public protocol ArtifactStoring: Sendable {
    /// The trace of a key, or nil where there is none or an output is no longer whole.
    func trace(for key: Key) throws -> Trace?

    /// The trace of a key, given what the key is the digest of: the trace's material.
    func trace(for key: Key, of material: KeyMaterial) throws -> Trace?

    /// Runs `body`, whose lookups (traces, what is held, digests of sources) may all be answered by the store as it is
    /// now, which costs less for many of them.
    func lookingUp<Result>(_ body: () throws -> Result) throws -> Result

    /// True where the artifact is whole in the store.
    func holds(_ artifact: Digest) throws -> Bool

    /// The latest trace that a stage of this name had in a pipeline of this name, for reasons and durations.
    ///
    /// Its outputs may no longer be whole.
    func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace?

    /// The wall seconds of each stage's latest trace in a pipeline, by the id's description.
    func latestDurations(inPipeline pipeline: String) throws -> [String: Double]

    /// The digest of a file or directory outside the pipeline, read again only where its stat has changed.
    func digest(of source: ExternalSource) throws -> Digest

    /// Makes an external source's content available to `materialize`, without a copy where possible.
    func adopt(_ source: ExternalSource, digest: Digest) throws

    /// Claims the right to compute keys, for this process, in one go.
    ///
    /// - Returns: the answer for each key.
    func claim(_ keys: [Key]) throws -> [Claim]

    /// Gives claims up, after their traces were committed or the attempts failed.
    func release(_ keys: [Key]) throws

    /// Gives a sign of life for this process's claims; called a few times a minute.
    func renewClaims() throws

    /// Takes a finished output out of an attempt's folder: names it by its content and keeps it readable through
    /// `materialize`. The caller's path is gone afterwards.
    ///
    /// - Parameter isUnwanted: asked from time to time; an error ends the work soon after it says true.
    func capture(
        _ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool
    ) throws -> Artifact

    /// Makes results durable, in one transaction each: the captured outputs whole, and the trace.
    func commit(_ results: [StageResult], run: RunID) throws

    /// Puts an artifact at `path` (which must not exist) as read-only files, by hard links where possible.
    func materialize(_ artifact: Digest, at path: FilePath) throws

    /// Copies an artifact to `path` as ordinary writable files, replacing what is there in one step.
    func export(_ artifact: Digest, to path: FilePath) throws

    /// Begins the record of an invocation.
    func beginRun(_ description: RunDescription) throws -> RunID

    /// Ends it.
    func endRun(_ run: RunID, outcome: RunOutcome) throws
}

extension ArtifactStoring {
    /// Takes a finished output out of an attempt's folder.
    public func capture(_ path: FilePath, shape: Artifact.Shape) throws -> Artifact {
        try capture(path, shape: shape) { false }
    }

    /// The trace of a key.
    public func trace(for key: Key, of material: KeyMaterial) throws -> Trace? { try trace(for: key) }

    /// Claims the right to compute a key, for this process.
    public func claim(_ key: Key) throws -> Claim { try claim([key])[0] }

    /// Gives a claim up.
    public func release(_ key: Key) throws { try release([key]) }

    /// Runs `body`.
    public func lookingUp<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

/// The answer to a claim.
public enum Claim: Sendable {
    /// This process may compute the key until it releases it.
    case granted
    /// Another live process, named in words, is at it.
    case heldBy(String)
    /// The key has a whole trace by now.
    case computed(Trace)
}

/// The number of an invocation in a store.
public struct RunID: Sendable, Hashable, CustomStringConvertible {
    /// The number.
    public let number: Int

    /// The id of a number.
    public init(_ number: Int) { self.number = number }

    /// The number.
    public var description: String { String(number) }
}

/// What an invocation was asked to do.
public struct RunDescription: Sendable, Hashable {
    /// The pipeline's name.
    public let pipeline: String
    /// The pipeline file as the user named it.
    public let file: String
    /// The command line's words.
    public let arguments: [String]

    /// A description of its parts.
    public init(pipeline: String, file: String, arguments: [String]) {
        self.pipeline = pipeline
        self.file = file
        self.arguments = arguments
    }
}

/// How an invocation ended.
public enum RunOutcome: String, Sendable, Hashable { case succeeded, failed, interrupted }

/// What became of a stage in a run.
public enum Disposition: String, Sendable, Hashable, Codable { case ran, cached, failed, skipped, canceled }

/// What became of a stage in a run: one row of the run's record.
///
/// A class, because it is handed around a lot and never changes.
public final class StageResult: Sendable {
    /// The stage.
    public let stage: StageID
    /// The kind's name, or `run`.
    public let kind: String
    /// The key, where all inputs were known.
    public let key: Key?
    /// What became of it.
    public let disposition: Disposition
    /// Why it had to be done; empty where it had not.
    public let reasons: [Staleness]
    /// The trace, for `ran` and `cached`.
    public let trace: Trace?
    /// The sentence of a failure.
    public let message: String?
    /// The captured log of a failed attempt; nil otherwise.
    public let failureLog: Digest?

    /// A result of its parts.
    public init(
        stage: StageID, kind: String, key: Key?, disposition: Disposition, reasons: [Staleness] = [],
        trace: Trace? = nil, message: String? = nil, failureLog: Digest? = nil
    ) {
        self.stage = stage
        self.kind = kind
        self.key = key
        self.disposition = disposition
        self.reasons = reasons
        self.trace = trace
        self.message = message
        self.failureLog = failureLog
    }
}
