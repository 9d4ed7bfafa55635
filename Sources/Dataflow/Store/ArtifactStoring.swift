/// What the engine requires of a store, one part per role: `ArtifactStore` implements it with SQLite,
/// `InMemoryArtifactStore` for tests.
///
/// Every method of every part may be called from any thread.
public protocol ArtifactStoring: Sendable {
    associatedtype TraceStore: TraceStoring
    associatedtype DiscoveryStore: DiscoveryStoring
    associatedtype ContentStore: ContentStoring
    associatedtype SourceReader: SourceReading
    associatedtype ClaimStore: KeyClaiming
    associatedtype RunRecorder: RunRecording
    associatedtype PublicationRecorder: PublicationRecording

    /// The results of keys and stages.
    var traces: TraceStore { get }
    /// What commands have discovered.
    var discoveries: DiscoveryStore { get }
    /// The content of artifacts.
    var artifacts: ContentStore { get }
    /// The files and directories outside the pipeline.
    var sources: SourceReader { get }
    /// The claims on keys that are being computed.
    var claims: ClaimStore { get }
    /// The records of runs.
    var runs: RunRecorder { get }
    /// What pipelines have published.
    var publications: PublicationRecorder { get }

    /// Runs `body`, whose lookups (traces, artifacts, digests of sources) may all see the store in its current state, which makes
    /// many lookups cheaper.
    func lookingUp<Result>(_ body: () throws -> Result) throws -> Result
}

extension ArtifactStoring {
    /// Runs `body`.
    public func lookingUp<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}
