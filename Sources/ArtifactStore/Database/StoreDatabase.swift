internal import Clocks
internal import Files
internal import Glibc
internal import SQLite
internal import Synchronization

/// The store's database: a connection for writing, one for reading, and the second database for large artifacts.
///
/// All database errors are converted to `StoreError`s here.
final class StoreDatabase: Sendable {
    /// The file.
    let path: FilePath
    /// The bytes of large artifacts.
    let bulk: BulkDatabase
    /// The processes that work on the store.
    let locks: ProcessLocks
    let mode: ArtifactStore.Mode
    private let writer: Mutex<Connection>
    private let reader: Mutex<Connection>
    private let opened: OpenedFile
    /// What to write once the snapshot ends; nil outside a snapshot.
    private let postponed = Mutex<[@Sendable (Tables) throws -> Void]?>(nil)

    /// Opens the database, and creates it if it is missing and may be written.
    init(path: FilePath, mode: ArtifactStore.Mode) throws(StoreError) {
        self.path = path
        self.mode = mode
        bulk = BulkDatabase(nextTo: path, mode: mode)
        locks = ProcessLocks(nextTo: path)
        opened = try Self.prepareFile(path, mode)
        writer = Mutex(try Self.openWriter(path, mode))
        reader = Mutex(try Self.openReader(path, mode))
        // Both were opened by path, where there may be another file by now.
        try checkPresence()
        if mode == .readWrite { try markLostBulkContent() }
    }

    /// - Throws: if the database's file was removed or replaced.
    private func checkPresence() throws(StoreError) {
        do {
            guard try !opened.isInPlace() else { return }
        } catch {
            throw StoreError(error, store: path)
        }
        throw .removed(path)
    }

    /// If the second database was removed, marks the artifacts that it had, so that the next run recomputes them instead of
    /// relying on bytes that are gone.
    private func markLostBulkContent() throws(StoreError) {
        do {
            guard try bulk.isMissing(), try lookUp({ try $0.chunks.haveBulkNames() }) else { return }
            try transaction { tables in
                // The file is always created in a transaction of this database.
                guard try bulk.isMissing() else { return }
                try tables.objects.markDamagedHavingBulkChunks()
                try tables.chunks.clearBulkNames()
            }
        } catch {
            // A process that cannot write now finds the damage later, when it reads.
            let error = StoreError(error, store: path)
            guard error.code == .readOnly || error.code == .full else { throw error }
        }
    }

    /// Calls `body` with the current tables; waits for this process's writes.
    func current<Result: Sendable>(_ body: (Tables) throws -> Result) throws -> Result {
        try access(writer, body)
    }

    /// Calls `body` with the current tables, as one transaction, which is quicker for many queries.
    func currentState<Result: Sendable>(_ body: (Tables) throws -> Result) throws -> Result {
        try current { tables in try tables.connection.reading { try body(tables) } }
    }

    /// Calls `body` with the tables in a write transaction; an error rolls it back.
    ///
    /// - Parameter isDurable: true to return only when it is on the disk.
    /// - Throws: `StoreError.removed` if the database's file was removed or replaced; nothing is committed then.
    func transaction<Result: Sendable>(
        isDurable: Bool = false, _ body: (Tables) throws -> Result
    ) throws -> Result {
        try access(writer) { tables in
            try tables.connection.transaction(isDurable: isDurable) {
                let result = try body(tables)
                // Otherwise it would be committed to a file without a name.
                try checkPresence()
                return result
            }
        }
    }

    /// Calls `body` with the tables of both databases, each in a write transaction.
    func bulkTransaction<Result: Sendable>(
        _ body: (Tables, ChunkBytesTable) throws -> Result
    ) throws -> Result {
        try transaction { tables in
            // First, because writes to the second database are not undone if this one turns out to be gone.
            try checkPresence()
            return try bulk.transaction(mayMake: { try !tables.chunks.haveBulkNames() }) {
                try body(tables, $0)
            }
        }
    }

    /// Deletes the bytes of chunks in the second database; call it inside a transaction.
    func deleteBulk(_ chunks: [Int]) throws {
        guard !chunks.isEmpty else { return }
        try checkPresence()
        try bulk.delete(chunks)
    }

    /// Calls `body` in a write transaction, so that nothing changes meanwhile and `body` may write; or without one if this process
    /// may not write, or there is no space.
    func undisturbed<Result: Sendable>(
        _ body: (Tables, _ mayWrite: Bool) throws -> Result
    ) throws -> Result {
        guard mode == .readWrite else { return try current { try body($0, false) } }
        do {
            return try transaction { try body($0, true) }
        } catch let error as StoreError where error.code == .readOnly || error.code == .full {
            return try current { try body($0, false) }
        }
    }

    /// Calls `body` with the tables for reading. It does not wait for writes and sees what has been committed, or,
    /// within `snapshot`, what had been when that began.
    func lookUp<Result: Sendable>(_ body: (Tables) throws -> Result) throws -> Result {
        try access(reader, body)
    }

    /// Looks up with one transaction, which is quicker for many queries.
    func lookUpTogether<Result: Sendable>(_ body: (Tables) throws -> Result) throws -> Result {
        try lookUp { tables in try tables.connection.reading { try body(tables) } }
    }

    /// Runs `body`, in which all lookups see one snapshot of the tables; one transaction per lookup would take longer
    /// than the lookups.
    func snapshot<Result>(_ body: () throws -> Result) throws -> Result {
        try lookUp { try $0.connection.run("BEGIN") }
        postponed.withLock { $0 = [] }
        defer {
            try? lookUp { try $0.connection.run("COMMIT") }
            let writes = postponed.withLock { postponed in
                defer { postponed = nil }
                return postponed ?? []
            }
            if !writes.isEmpty { try? transaction { tables in for write in writes { try write(tables) } } }
        }
        return try body()
    }

    /// Writes something that only saves time later, so a failure does not matter.
    ///
    /// Within a snapshot, it is written when the snapshot ends: a writer may have to wait for a process that is waiting for the
    /// readers of older states.
    func note(_ write: @escaping @Sendable (Tables) throws -> Void) {
        let isPostponed = postponed.withLock { postponed in
            postponed?.append(write)
            return postponed != nil
        }
        if !isPostponed { try? current(write) }
    }

    private func access<Result: Sendable>(
        _ connection: borrowing Mutex<Connection>, _ body: (Tables) throws -> Result
    ) throws -> Result {
        do {
            return try connection.withLock { try body(Tables(connection: $0, locks: locks)) }
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// The file to open, which is created if it is missing and may be written.
    private static func prepareFile(
        _ path: FilePath, _ mode: ArtifactStore.Mode
    ) throws(StoreError) -> OpenedFile {
        do {
            guard mode == .readWrite else { return try OpenedFile(at: path) }
            try FileSystem.makeDirectories(path.parent, synchronizes: true)
            return try OpenedFile(makingIfMissing: path)
        } catch  where error.isMissing {
            // The folder for a new one was just created.
            throw mode == .readWrite
                ? .removed(path) : StoreError(.missing, "there is no store at \(path)")
        } catch {
            throw StoreError(error, store: path)
        }
    }

    private static func openWriter(
        _ path: FilePath, _ mode: ArtifactStore.Mode
    ) throws(StoreError) -> sending Connection {
        do {
            return try connectWhenFree(path, mode)
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// SQLite does not wait for other processes while they switch a new database to log mode.
    private static func connectWhenFree(
        _ path: FilePath, _ mode: ArtifactStore.Mode
    ) throws -> sending Connection {
        let deadline = WallClock.seconds() + 30
        while true {
            do {
                return try connect(path, mode)
            } catch let error as DatabaseError where error.isBusy && WallClock.seconds() < deadline {
                usleep(5_000)
            }
        }
    }

    private static func connect(_ path: FilePath, _ mode: ArtifactStore.Mode) throws -> sending Connection {
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

    /// Not a read-only connection: if it is closed last, it must still be able to checkpoint the log.
    private static func openReader(
        _ path: FilePath, _ mode: ArtifactStore.Mode
    ) throws(StoreError) -> sending Connection {
        do {
            let connection = try Connection(path: path.text, mode: connectionMode(path, mode))
            try connection.execute(script: settings + "PRAGMA query_only = ON")
            return connection
        } catch {
            throw StoreError(error, store: path)
        }
    }

    /// SQLite reads a database with a log only if it may create files next to it. If a user other than the owner created them,
    /// they would lock the owner out, unless the folder gives them its group; so if there is no log, SQLite is told that the
    /// database does not change.
    private static func connectionMode(_ path: FilePath, _ mode: ArtifactStore.Mode) -> Connection.Mode {
        if mode == .readWrite { return .readWrite }
        let log = try? FileStatus(of: FilePath(path.text + "-wal"))
        if let log, log.size > 0 { return .readOnly }
        let isShared = (try? FileStatus(of: path.parent).givesItsGroup) ?? false
        let isOwn = (try? FileStatus(of: path).isOwn) ?? false
        let mayMake =
            FileSystem.isWritable(path.parent) && FileSystem.isWritable(path) && (isOwn || isShared)
        // An empty log may be in use, or have been left for lack of space.
        guard mayMake else { return log == nil ? .immutable : .readOnly }
        return hasRoom(path) ? .readOnly : .immutable
    }

    /// False if there is no space left for the files that SQLite creates next to the database.
    private static func hasRoom(_ path: FilePath) -> Bool {
        do {
            let connection = try Connection(path: path.text, mode: .readOnly)
            try connection.execute(script: "PRAGMA schema_version")
            return true
        } catch {
            return !(error.isFull || error.isInputOutput || error.isUnopenable)
        }
    }

    // Statement rollback stays in memory; otherwise it would cost a file per transaction. The cache holds the rows of
    // some 10,000 stages.
    static let settings = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;"

    private static let writing = """
        PRAGMA synchronous = NORMAL;
        PRAGMA foreign_keys = ON;
        PRAGMA wal_autocheckpoint = 4096;
        """

    /// A compressed chunk fits in few pages of 16 KiB. The page size must be set before the first table is created;
    /// later, it would be a write.
    static func setPages(_ connection: Connection) throws {
        guard try connection.first("PRAGMA page_count", map: { $0.integer("page_count") }) == 0 else {
            return
        }
        try connection.execute(script: "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL")
    }
}
