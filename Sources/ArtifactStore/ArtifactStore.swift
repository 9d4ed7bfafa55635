public import Dataflow
public import Digests
public import Files

/// The store: artifacts, traces and runs in one SQLite file, and a folder of plain copies beside it.
///
/// Safe to use from any thread and from several processes at once. This is the interface for the engine; `catalog`
/// answers questions from users, and `pins` and `maintenance` are for housekeeping.
public final class ArtifactStore: ArtifactStoring {
    /// How a store is opened.
    public enum Mode: Sendable {
        /// For runs: created if missing.
        case readWrite
        /// For inspection.
        case readOnly
    }

    let parts: StoreParts

    /// Opens a store.
    ///
    /// - Parameters:
    ///   - path: the database file, by convention `artifacts/store.sqlite`; its folder is created if missing.
    ///   - workingDirectory: the directory that paths of external sources are relative to.
    ///   - products: what no external source contains, like the store itself.
    /// - Throws: `StoreError`: damaged, newer schema, read-only, missing.
    public init(
        path: FilePath, mode: Mode = .readWrite, workingDirectory: FilePath, products: [FilePath] = []
    ) throws(StoreError) {
        let database = try StoreDatabase(path: path, mode: mode)
        let hidden = HiddenEntries(
            Self.ownPaths(ofStore: path) + products.map { $0.resolved(against: workingDirectory) })
        parts = StoreParts(database: database, workingDirectory: workingDirectory, hidden: hidden)
    }

    /// The database file.
    public var path: FilePath { parts.database.path }
    /// The folder of attempts and plain copies.
    public var workFolder: WorkFolder { parts.work }
    /// Answers questions from users about the contents.
    public var catalog: Catalog { Catalog(parts: parts) }
    /// The artifacts that must not be collected.
    public var pins: Pins { Pins(database: parts.database) }
    /// Collection, verification and trimming.
    public var maintenance: Maintenance { Maintenance(parts: parts) }

    /// The trace for a key; nil if there is none, an output is damaged, or its own row is.
    public func trace(for key: Key) throws -> Trace? {
        try parts.database.lookUp { try $0.traces.trace(of: key) }
    }

    /// The trace for a key whose key material is known, so that it need not be read back.
    public func trace(
        for key: Key, of material: KeyMaterial, _ discovered: Trace.Discovered?
    ) throws -> Trace? {
        try parts.database.lookUp { try $0.traces.trace(of: key, material, discovered) }
    }

    /// The roots of the path sets of a declared key's results, latest first.
    public func pathSets(of declared: Key) throws -> [Digest] {
        try parts.database.lookUp { try $0.discoveries.pathSets(of: declared, limit: 16) }
    }

    /// The encoding of a node of discoveries.
    public func discoveryNode(_ digest: Digest) throws -> [UInt8]? {
        try parts.database.lookUp { try $0.discoveries.encoding(of: digest) }
    }

    /// The files and folders that are the store's own, those that come and go included.
    public var ownPaths: [FilePath] { Self.ownPaths(ofStore: path) }

    /// The files and folders that are the own ones of a store, which need not exist.
    public static func ownPaths(ofStore path: FilePath) -> [FilePath] {
        let files = ["", "-wal", "-shm", "-journal"].map { FilePath(path.text + $0) }
        let bulk = BulkDatabase.path(beside: path)
        return files + [bulk, FilePath(bulk.text + "-journal")]
            + [ProcessLocks.folder(beside: path), WorkFolder.path(beside: path)]
    }

    /// Runs `body`, in which all lookups see the store as it is now; one transaction per lookup would take longer than
    /// the lookups.
    public func lookingUp<Result>(_ body: () throws -> Result) throws -> Result {
        try parts.database.snapshot(body)
    }

    /// True if the artifact and everything that it references are intact.
    public func holds(_ artifact: Digest) throws -> Bool {
        try parts.database.lookUp { try $0.objects.isWhole(artifact) }
    }

    /// The latest trace of a stage; its outputs may be damaged.
    public func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? {
        try catalog.latestTrace(ofStage: stage.description, inPipeline: pipeline)
    }

    /// The instances of a stage in the latest run of all stages that had some, each with its latest trace.
    public func latestInstances(
        ofStage stage: String, inPipeline pipeline: String
    ) throws -> [(stage: String, trace: Trace?)] {
        try parts.database.lookUp { tables in
            guard let run = try tables.runs.latestWhole(withInstancesOf: stage, pipeline: pipeline) else {
                return []
            }
            return try tables.runs.instances(of: stage, run: run).map { instance in
                (instance, try tables.traces.latest(ofStage: instance, inPipeline: pipeline))
            }
        }
    }

    /// The wall seconds of each stage's latest trace.
    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        try parts.database.lookUp { try $0.traces.latestDurations(inPipeline: pipeline) }
    }

    /// The digest of a file or directory outside the pipeline; it is read again only if it has changed.
    public func digest(of source: ExternalSource) throws -> Digest {
        try wrappingErrors { try SourceDigests(parts: parts).digest(of: source) }
    }

    /// The digest of a file outside the pipeline, and how many bytes were read for it; nil if more than `limit` would have to be.
    public func digest(
        of source: ExternalSource, readingAtMost limit: Int
    ) throws -> (digest: Digest, bytesRead: Int)? {
        try wrappingErrors { try SourceDigests(parts: parts).digest(of: source, readingAtMost: limit) }
    }

    /// True if a source is a file that can be run.
    public func isExecutable(_ source: ExternalSource) throws -> Bool {
        try wrappingErrors { try SourceDigests(parts: parts).isExecutable(source) }
    }

    /// Records a result that was accepted, whose outputs the store has.
    public func accept(
        _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String
    ) throws {
        try wrappingErrors {
            try parts.database.transaction(isDurable: true) { tables in
                if let nodes { try tables.discoveries.insert(nodes.all) }
                let id = try tables.traces.insert(trace)
                try tables.traces.setLatest(ofStage: stage.description, inPipeline: pipeline, id)
            }
        }
    }

    /// Lets `materialize` make an external source's content available: in place, by a symbolic link, so that nothing is
    /// copied; several files, and a folder with the store in it, are copied.
    public func adopt(_ source: ExternalSource, digest: Digest) throws {
        try wrappingErrors { try SourceDigests(parts: parts).adopt(source, digest: digest) }
    }

    /// Claims keys for this process. Claims of dead processes are taken over at once.
    public func claim(_ keys: [Key]) throws -> [Claim] { try Claims(database: parts.database).claim(keys) }

    /// Releases claims of this process.
    public func release(_ keys: [Key]) throws { try Claims(database: parts.database).release(keys) }

    /// Renews all claims of this process; call it more often than once a minute.
    public func renewClaims() throws { try Claims(database: parts.database).renew() }

    /// Names a finished output by its content and moves it, without copying, to the work folder.
    ///
    /// Reads the bytes once. A directory becomes a tree of objects; special files, and links that lead out of it, are errors.
    public func capture(
        _ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool
    ) throws -> Artifact {
        try wrappingErrors {
            try withoutActuallyEscaping(isUnwanted) { isUnwanted in
                var capture = Capture(parts: parts, isUnwanted: isUnwanted)
                return try capture.capture(path, shape: shape)
            }
        }
    }

    /// Makes results durable.
    public func commit(_ results: [StageResult], run: RunID) throws {
        try wrappingErrors {
            var commit = Commit(results, run: run, parts: parts)
            try commit.perform()
        }
    }

    /// Puts an artifact at `path` as read-only files: hard links to the plain copies, which are restored from the
    /// chunks if
    /// they are missing or wrong.
    ///
    /// - Throws: `StoreError.damaged` if a chunk is wrong; the artifact is marked, and the next run recomputes it.
    public func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws {
        try wrappingErrors {
            try parts.materializer.materialize(artifact, at: path, isExecutable: isExecutable)
        }
    }

    /// The content of a file.
    public func bytes(of artifact: Digest) throws -> [UInt8] {
        try wrappingErrors { try parts.bytes(of: artifact, limit: .max) }
    }

    /// The files in a tree.
    public func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)] {
        try wrappingErrors {
            try parts.entries(ofTree: artifact).filter { $0.kind != .directory }.map { ($0.path, $0.digest) }
        }
    }

    /// Copies an artifact to `path` as ordinary writable files, atomically replacing what is there. When this returns,
    /// the files are on the disk.
    public func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws {
        try wrappingErrors { try parts.materializer.export(artifact, to: path, isExecutable: isExecutable) }
    }

    /// Makes what is at `path` an artifact as ordinary writable files: what is the same already stays as it is, each other file is
    /// replaced as a whole, and what is not in the artifact is left. When this returns, the files are on the disk.
    public func update(
        _ artifact: Digest, at path: FilePath, isExecutable: Bool
    ) throws -> ExportReport {
        try wrappingErrors {
            var update = ExportUpdate(parts: parts)
            return try update.update(artifact, at: path, isExecutable: isExecutable)
        }
    }

    /// The artifacts that a pipeline published last, by file name.
    public func publications(ofPipeline pipeline: String) throws -> [String: Digest] {
        try parts.database.lookUp { try $0.publications.all(ofPipeline: pipeline) }
    }

    /// Records what a pipeline has published, in place of what it published before.
    public func recordPublications(_ publications: [String: Digest], ofPipeline pipeline: String) throws {
        try parts.database.transaction { try $0.publications.replace(publications, ofPipeline: pipeline) }
    }

    /// Begins the record of an invocation.
    public func beginRun(_ description: RunDescription) throws -> RunID {
        try wrappingErrors { try parts.database.locks.acquire() }
        return try parts.database.transaction { try $0.runs.insert(description) }
    }

    /// Ends the record of an invocation.
    public func endRun(_ run: RunID, outcome: RunOutcome) throws {
        try parts.database.transaction { try $0.runs.end(run, outcome) }
    }

    /// Says that this process does not work on the store any more: from now on, it counts as gone. Threads of its own may still
    /// be at what nobody wants.
    public func leave() { parts.database.locks.release() }

    /// Converts file errors to the store's errors.
    private func wrappingErrors<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw StoreError(error, store: path)
        }
    }
}
