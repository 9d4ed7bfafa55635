public import Dataflow
internal import Digests
internal import Dispatch
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
    /// For looking things up: it does not wait for what `connection` writes, and sees what that has committed.
    private let reader: Mutex<Connection>
    /// The bytes of large artifacts.
    let bulk: BulkChunks
    /// Captured in this process, and not yet in the database.
    let captured = Mutex<[Digest: CapturedObject]>([:])
    /// The plain copies that this process may hand out as they are.
    let copies = TrustedCopies()
    /// Writes the chunks of large files, one after the other: that bounds memory.
    let writing = DispatchQueue(label: "sluice.writing")
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
        bulk = BulkChunks(beside: path, mode: mode)
        connection = Mutex(try Self.open(path, mode))
        reader = Mutex(try Self.openReader(path, mode))
    }

    private static func open(_ path: FilePath, _ mode: Mode) throws(StoreError) -> sending Connection {
        do {
            if mode == .readWrite {
                try FileSystem.makeDirectories(path.parent, synchronizes: true)
            } else if !FileSystem.exists(path) {
                throw StoreError(.missing, "there is no store at \(path) yet")
            }
            return try connectWhenFree(path, mode)
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// SQLite does not wait for others while they give a new database its log.
    private static func connectWhenFree(_ path: FilePath, _ mode: Mode) throws -> sending Connection {
        let deadline = now() + 30
        while true {
            do {
                return try connect(path, mode)
            } catch let error as DatabaseError where error.isBusy && now() < deadline {
                usleep(5_000)
            }
        }
    }

    /// Not a read-only connection: one that is closed last must still be able to fold the log into the database.
    private static func openReader(_ path: FilePath, _ mode: Mode) throws(StoreError) -> sending Connection {
        do {
            let connection = try Connection(path: path.text, mode: connectionMode(path, mode))
            try connection.execute(script: settings + "PRAGMA query_only = ON")
            return connection
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// SQLite reads a database with a log only where it may make files beside it; where it may not, and no log is left, it
    /// is told that nobody writes.
    private static func connectionMode(_ path: FilePath, _ mode: Mode) -> Connection.Mode {
        if mode == .readWrite { return .readWrite }
        let hasLog = FileSystem.exists(FilePath(path.text + "-wal"))
        return !hasLog && !FileSystem.isWritable(path.parent) ? .immutable : .readOnly
    }

    // What a statement undoes if it fails stays in memory: it would be a file per transaction.
    // The cache holds the rows of some 10,000 stages.
    static let settings = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;"

    private static let writing = """
        PRAGMA synchronous = NORMAL;
        PRAGMA foreign_keys = ON;
        PRAGMA wal_autocheckpoint = 4096;
        """

    private static func connect(_ path: FilePath, _ mode: Mode) throws -> sending Connection {
        let connection = try Connection(path: path.text, mode: connectionMode(path, mode))
        try connection.execute(script: settings)
        if mode == .readWrite {
            try connection.execute(script: writing)
            try setPages(connection)
            try connection.execute(script: "PRAGMA journal_mode = WAL")
        }
        try Schema.prepare(connection, path: path.text, isWritable: mode == .readWrite)
        return connection
    }

    /// 16 KiB pages hold a compressed chunk in few pages. To be said before the first table is made; later, it would be a
    /// write.
    static func setPages(_ connection: Connection) throws {
        guard try connection.first("PRAGMA page_count", map: { $0.integer(0) }) == 0 else { return }
        try connection.execute(script: "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL")
    }

    /// Gives `body` the connection; all database errors become `StoreError`.
    func withConnection<Result: Sendable>(_ body: (Connection) throws -> Result) throws -> Result {
        do {
            return try connection.withLock { try body($0) }
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// Gives `body` the connection for reading; all database errors become `StoreError`.
    func withReader<Result: Sendable>(_ body: (Connection) throws -> Result) throws -> Result {
        do {
            return try reader.withLock { try body($0) }
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// Runs `body`, whose lookups all see the store as it is now: a transaction for each would take longer than they do.
    public func lookingUp<Result>(_ body: () throws -> Result) throws -> Result {
        try withReader { try $0.run("BEGIN") }
        defer { try? withReader { try $0.run("COMMIT") } }
        return try body()
    }

    /// Seconds since 1970.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
