public import Digests
public import Files
public import StageSchemas

/// What the engine requires of a store: `ArtifactStore` implements it with SQLite, `InMemoryArtifactStore` for tests.
///
/// Every method may be called from any thread.
public protocol ArtifactStoring: Sendable {
    /// The trace of a key, or nil if there is none or one of its outputs is no longer complete.
    func trace(for key: Key) throws -> Trace?

    /// The trace of a key, given what the key is the digest of: the trace's material, and what was discovered.
    func trace(for key: Key, of material: KeyMaterial, _ discovered: Trace.Discovered?) throws -> Trace?

    /// Runs `body`, whose lookups (traces, artifacts, digests of sources) may all see the store as it is
    /// now, which makes many lookups cheaper.
    func lookingUp<Result>(_ body: () throws -> Result) throws -> Result

    /// The roots of the path sets of a command's results, by the key of what it declares; latest first.
    func pathSets(of declared: Key) throws -> [Digest]

    /// The encoding of a node of discoveries; nil if there is none.
    func discoveryNode(_ digest: Digest) throws -> [UInt8]?

    /// True if the store has the complete artifact.
    func holds(_ artifact: Digest) throws -> Bool

    /// The latest trace of the stage of this name in the pipeline of this name, for reasons and durations.
    ///
    /// Its outputs may no longer be complete.
    func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace?

    /// The instances of a stage in the latest run of a pipeline that was of all stages and had some, each with its latest
    /// trace, if it has one; none if there is no such run.
    func latestInstances(
        ofStage stage: String, inPipeline pipeline: String
    ) throws -> [(stage: String, trace: Trace?)]

    /// The wall-clock seconds of each stage's latest trace in a pipeline, by the stage id's description.
    func latestDurations(inPipeline pipeline: String) throws -> [String: Double]

    /// The digest of a file or directory outside the pipeline, which is read again only if its status has changed.
    func digest(of source: ExternalSource) throws -> Digest

    /// The digest of a file outside the pipeline, and how many bytes were read for it; nil if more than a limit would have to be.
    func digest(
        of source: ExternalSource, readingAtMost limit: Int
    ) throws -> (digest: Digest, bytesRead: Int)?

    /// True if a source is a file that can be run.
    func isExecutable(_ source: ExternalSource) throws -> Bool

    /// Makes an external source's content available to `materialize`, without a copy if possible.
    func adopt(_ source: ExternalSource, digest: Digest) throws

    /// Claims the right to compute several keys for this process, in one transaction.
    ///
    /// - Returns: the answer for each key.
    func claim(_ keys: [Key]) throws -> [Claim]

    /// Releases claims, after their traces have been committed or the attempts have failed.
    func release(_ keys: [Key]) throws

    /// Renews this process's claims; called a few times a minute.
    func renewClaims() throws

    /// Moves a finished output out of an attempt's folder, names it by its content and keeps it readable through
    /// `materialize`. The caller's path no longer exists afterwards.
    ///
    /// - Parameter isUnwanted: checked from time to time; if it returns true, the work ends with an error.
    func capture(
        _ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool
    ) throws -> Artifact

    /// Makes results durable, each in one transaction: all of its captured outputs and its trace.
    func commit(_ results: [StageResult], run: RunID) throws

    /// Places an artifact at `path`, which must not exist, as read-only files, using hard links if possible.
    ///
    /// - Parameter isExecutable: true for a file that can be run.
    func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws

    /// The content of a file.
    func bytes(of artifact: Digest) throws -> [UInt8]

    /// The files in a tree.
    func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)]

    /// Copies an artifact to `path` as ordinary writable files, atomically replacing what is there.
    ///
    /// - Parameter isExecutable: true for a file that can be run.
    func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws

    /// Records a result that was not made, but accepted, as the latest of a stage.
    func accept(
        _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String) throws

    /// The artifacts that a pipeline published last, by file name.
    func publications(ofPipeline pipeline: String) throws -> [String: Digest]

    /// Records what a pipeline has published, in place of what it published before.
    func recordPublications(_ publications: [String: Digest], ofPipeline pipeline: String) throws

    /// Starts the record of a run.
    func beginRun(_ description: RunDescription) throws -> RunID

    /// Completes the record of a run.
    func endRun(_ run: RunID, outcome: RunOutcome) throws
}

extension ArtifactStoring {
    /// No instances: for stores that know no runs.
    public func latestInstances(
        ofStage stage: String, inPipeline pipeline: String
    ) throws -> [(stage: String, trace: Trace?)] { [] }

    /// Takes a finished output out of an attempt's folder.
    public func capture(_ path: FilePath, shape: Artifact.Shape) throws -> Artifact {
        try capture(path, shape: shape) { false }
    }

    /// The trace of a key.
    public func trace(
        for key: Key, of material: KeyMaterial, _ discovered: Trace.Discovered?
    ) throws -> Trace? { try trace(for: key) }

    /// The digest of a file outside the pipeline.
    public func digest(
        of source: ExternalSource, readingAtMost limit: Int
    ) throws -> (digest: Digest, bytesRead: Int)? { (try digest(of: source), 0) }

    /// Places an artifact at `path`, without the right to run it if it is a file.
    public func materialize(_ artifact: Digest, at path: FilePath) throws {
        try materialize(artifact, at: path, isExecutable: false)
    }

    /// Copies an artifact to `path`, without the right to run it if it is a file.
    public func export(_ artifact: Digest, to path: FilePath) throws {
        try export(artifact, to: path, isExecutable: false)
    }

    /// The trace of a key that is made of its material alone.
    public func trace(for key: Key, of material: KeyMaterial) throws -> Trace? {
        try trace(for: key, of: material, nil)
    }

    /// Claims the right to compute a key, for this process.
    public func claim(_ key: Key) throws -> Claim { try claim([key])[0] }

    /// Releases a claim.
    public func release(_ key: Key) throws { try release([key]) }

    /// Runs `body`.
    public func lookingUp<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

/// The answer to a claim.
public enum Claim: Sendable {
    /// This process may compute the key until it releases it.
    case granted
    /// Another live process, described in words, is computing it.
    case heldBy(String)
    /// The key has a complete trace by now.
    case computed(Trace)
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
