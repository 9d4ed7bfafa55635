public import Dataflow
internal import Digests
public import Files
internal import Glibc
internal import SQLite
internal import Synchronization

/// The store: artifacts, traces and runs in one SQLite file, and a folder of plain copies beside it.
///
/// Safe to use from any thread and by several processes at once.
public final class ArtifactStore: ArtifactStoring {
    /// How a store is opened.
    public enum Mode: Sendable {
        /// For runs: made where missing.
        case readWrite
        /// For looking at what there is.
        case readOnly
    }

    /// The database file.
    public let path: FilePath
    /// The folder of attempts and plain copies.
    public let workFolder: WorkFolder
    /// What paths of outside sources are relative to.
    let workingDirectory: FilePath

    private let connection: Mutex<Connection>
    /// Captured in this process, and not yet in the database.
    let captured = Mutex<[Digest: CapturedObject]>([:])
    /// Outside sources that this process has been told to make available.
    let adopted = Mutex<[Digest: AdoptedSource]>([:])

    /// Opens a store.
    ///
    /// - Parameters:
    ///   - path: the database file, conventionally `artifacts/store.sqlite`; its folder is made where missing.
    ///   - workingDirectory: what paths of outside sources are relative to.
    /// - Throws: `StoreError`: damaged, newer schema, read-only, missing.
    public init(path: FilePath, mode: Mode = .readWrite, workingDirectory: FilePath) throws(StoreError) {
        self.path = path
        self.workingDirectory = workingDirectory
        workFolder = WorkFolder(path: path.parent.appending("work"))
        connection = Mutex(try Self.open(path, mode))
    }

    private static func open(_ path: FilePath, _ mode: Mode) throws(StoreError) -> sending Connection {
        do {
            if mode == .readWrite {
                try FileSystem.makeDirectories(path.parent)
            } else if !FileSystem.exists(path) {
                throw StoreError(.missing, "there is no store at \(path) yet")
            }
            return try connect(path, mode)
        } catch {
            throw StoreError(error, store: path)
        }
    }

    private static func connect(_ path: FilePath, _ mode: Mode) throws -> sending Connection {
        let connection = try Connection(path: path.text, mode: mode == .readWrite ? .readWrite : .readOnly)
        if mode == .readWrite {
            // 16 KiB pages hold a compressed chunk in few pages; set before the first table is made.
            let script = """
                PRAGMA page_size = 16384;
                PRAGMA auto_vacuum = INCREMENTAL;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                PRAGMA foreign_keys = ON;
                PRAGMA wal_autocheckpoint = 4096;
                """
            try connection.execute(script: script)
        }
        try Schema.prepare(connection, path: path.text, isWritable: mode == .readWrite)
        return connection
    }

    /// Gives `body` the connection; all database errors become `StoreError`.
    func withConnection<Result: Sendable>(_ body: (Connection) throws -> Result) throws -> Result {
        do {
            return try connection.withLock { try body($0) }
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// Seconds since 1970.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
