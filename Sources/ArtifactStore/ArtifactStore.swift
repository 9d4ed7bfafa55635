public import Dataflow
public import Files

/// The store: artifacts, traces and runs in one SQLite file, and a folder of plain copies next to it.
///
/// Safe to use from any thread and from several processes at once. It consists of parts, one per role: those of
/// `ArtifactStoring` are for the engine, `catalog` answers questions from users, `pins` and `maintenance` are for
/// housekeeping, and `bundles`, `content` and `arrivals` for exchange with other stores.
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
    ///   - products: paths that, like the store itself, do not count as content of external sources.
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
    /// The results of keys and stages.
    public var traces: Traces { Traces(database: parts.database) }
    /// What commands have discovered.
    public var discoveries: StoredDiscoveries { StoredDiscoveries(database: parts.database) }
    /// The content of artifacts.
    public var artifacts: Artifacts { Artifacts(parts: parts) }
    /// The digests of files and directories outside the pipeline.
    public var sources: SourceDigests { SourceDigests(parts: parts) }
    /// The claims on keys that are being computed.
    public var claims: Claims { Claims(database: parts.database) }
    /// The records of runs.
    public var runs: Runs { Runs(parts: parts) }
    /// What pipelines have published.
    public var publications: Publications { Publications(database: parts.database) }
    /// Answers questions from users about the contents.
    public var catalog: Catalog { Catalog(parts: parts) }
    /// The artifacts that must not be collected.
    public var pins: Pins { Pins(database: parts.database) }
    /// Collection, verification and trimming.
    public var maintenance: Maintenance { Maintenance(parts: parts) }

    /// Runs `body`, in which all lookups see the store in its current state; one transaction per lookup would take longer than
    /// the lookups.
    public func lookingUp<Result>(_ body: () throws -> Result) throws -> Result {
        try parts.database.snapshot(body)
    }

    /// The store's own files and folders, including temporary ones.
    public var ownPaths: [FilePath] { Self.ownPaths(ofStore: path) }

    /// The files and folders of a store, which need not exist.
    public static func ownPaths(ofStore path: FilePath) -> [FilePath] {
        let files = ["", "-wal", "-shm", "-journal"].map { FilePath(path.text + $0) }
        let bulk = BulkDatabase.path(nextTo: path)
        return files + [bulk, FilePath(bulk.text + "-journal")]
            + [ProcessLocks.folder(nextTo: path), WorkFolder.path(nextTo: path)]
    }

    /// Declares that this process no longer works on the store: from now on it counts as gone, even if some of its threads are
    /// still busy with work that is no longer wanted.
    public func leave() { parts.database.locks.release() }
}
