public import Dataflow
public import Digests
public import Files

/// The store: artifacts, traces and runs in one SQLite file, and a folder of plain copies beside it.
///
/// Safe to use from any thread and by several processes at once. This is what the engine asks of it; `catalog` is for
/// people who look, `pins` and `maintenance` for those who keep it in order.
public final class ArtifactStore: ArtifactStoring {
    /// How a store is opened.
    public enum Mode: Sendable {
        /// For runs: made if it is missing.
        case readWrite
        /// For looking at what there is.
        case readOnly
    }

    let parts: StoreParts

    /// Opens a store.
    ///
    /// - Parameters:
    ///   - path: the database file, conventionally `artifacts/store.sqlite`; its folder is made if it is missing.
    ///   - workingDirectory: what paths of outside sources are relative to.
    /// - Throws: `StoreError`: damaged, newer schema, read-only, missing.
    public init(path: FilePath, mode: Mode = .readWrite, workingDirectory: FilePath) throws(StoreError) {
        let database = try StoreDatabase(path: path, mode: mode)
        parts = StoreParts(database: database, workingDirectory: workingDirectory)
    }

    /// The database file.
    public var path: FilePath { parts.database.path }
    /// The folder of attempts and plain copies.
    public var workFolder: WorkFolder { parts.work }
    /// What the store holds, for people.
    public var catalog: Catalog { Catalog(parts: parts) }
    /// What must not be collected.
    public var pins: Pins { Pins(database: parts.database) }
    /// What keeps the store small and sound.
    public var maintenance: Maintenance { Maintenance(parts: parts) }

    /// The trace of a key; nil if there is none, an output is damaged, or its own row is.
    public func trace(for key: Key) throws -> Trace? {
        try parts.database.lookUp { try $0.traces.trace(of: key) }
    }

    /// The trace of what a key is the digest of, without reading that back.
    public func trace(for key: Key, of material: KeyMaterial) throws -> Trace? {
        try parts.database.lookUp { try $0.traces.trace(of: key, material) }
    }

    /// Runs `body`, whose look-ups all see the store as it is now: a transaction for each would take longer than they do.
    public func lookingUp<Result>(_ body: () throws -> Result) throws -> Result {
        try parts.database.snapshot(body)
    }

    /// True if the artifact and all that it names are whole.
    public func holds(_ artifact: Digest) throws -> Bool {
        try parts.database.lookUp { try $0.objects.isWhole(artifact) }
    }

    /// The latest trace of a stage; its outputs may be damaged.
    public func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? {
        try catalog.latestTrace(ofStage: stage.description, inPipeline: pipeline)
    }

    /// The wall seconds of each stage's latest trace.
    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        try parts.database.lookUp { try $0.traces.latestDurations(inPipeline: pipeline) }
    }

    /// The digest of a file or directory outside the pipeline; what has not changed is not read again.
    public func digest(of source: ExternalSource) throws -> Digest {
        try wrappingErrors { try SourceDigests(parts: parts).digest(of: source) }
    }

    /// Lets stages read an outside source in place: `materialize` makes a symbolic link to it, so nothing is copied.
    public func adopt(_ source: ExternalSource, digest: Digest) throws {
        try wrappingErrors { try SourceDigests(parts: parts).adopt(source, digest: digest) }
    }

    /// Claims keys for this process. A claim whose process has died is taken over at once.
    public func claim(_ keys: [Key]) throws -> [Claim] { try Claims(database: parts.database).claim(keys) }

    /// Gives claims of this process up.
    public func release(_ keys: [Key]) throws { try Claims(database: parts.database).release(keys) }

    /// Gives a sign of life for all claims of this process; call it more often than once a minute.
    public func renewClaims() throws { try Claims(database: parts.database).renew() }

    /// Names a finished output by its content and moves it, without a copy, to the work folder.
    ///
    /// One pass over the bytes. A directory becomes a tree of objects; links and special files are errors.
    public func capture(_ path: FilePath, shape: Artifact.Shape) throws -> Artifact {
        try wrappingErrors {
            var capture = Capture(parts: parts)
            return try capture.capture(path, shape: shape)
        }
    }

    /// Makes results durable.
    public func commit(_ results: [StageResult], run: RunID) throws {
        try wrappingErrors {
            var commit = Commit(results, run: run, parts: parts)
            try commit.perform()
        }
    }

    /// Puts an artifact at `path` as read-only files: hard links to the plain copies, which are made again out of the chunks
    /// if they are gone or not what they should be.
    ///
    /// - Throws: `StoreError.damaged` if a chunk is wrong; the artifact is marked, and the next run recomputes it.
    public func materialize(_ artifact: Digest, at path: FilePath) throws {
        try wrappingErrors { try parts.materializer.materialize(artifact, at: path) }
    }

    /// Copies an artifact to `path` as ordinary writable files, replacing what is there in one step. When this returns, the
    /// files are on the disk.
    public func export(_ artifact: Digest, to path: FilePath) throws {
        try wrappingErrors { try parts.materializer.export(artifact, to: path) }
    }

    /// Starts the record of an invocation.
    public func beginRun(_ description: RunDescription) throws -> RunID {
        try wrappingErrors { try parts.database.locks.acquire() }
        return try parts.database.transaction { try $0.runs.insert(description) }
    }

    /// Ends it.
    public func endRun(_ run: RunID, outcome: RunOutcome) throws {
        try parts.database.transaction { try $0.runs.end(run, outcome) }
    }

    /// Turns what files refuse into the store's errors.
    private func wrappingErrors<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw StoreError(error, store: path)
        }
    }
}
