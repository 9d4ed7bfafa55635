internal import Files
internal import SQLite
internal import Synchronization

/// The second database, next to the store's: the bytes of large artifacts' chunks, by their IDs in the store.
///
/// The store's own database writes everything twice, first to its log and later to its place. That lets readers continue, and
/// costs little for small results. This database has no log, but a rollback journal of changed pages: new bytes are
/// written once, at the speed of the disk. They are on the disk before the store's own transaction refers to them, so a
/// crash leaves at most bytes that nothing refers to; the next chunk with the same ID replaces them.
final class BulkDatabase: Sendable {
    /// Identifies the file: "Sluc".
    private static let applicationID = 0x536C_7563
    private static let version = 1

    let path: FilePath
    private let mode: ArtifactStore.Mode
    private let opened = Mutex<Opened?>(nil)

    private struct Opened {
        let connection: Connection
        let file: OpenedFile
    }

    /// - Parameter store: the store's own database; this one is opened on first use.
    init(nextTo store: FilePath, mode: ArtifactStore.Mode) {
        path = Self.path(nextTo: store)
        self.mode = mode
    }

    static func path(nextTo store: FilePath) -> FilePath { FilePath(store.text + "-chunks") }

    /// Calls `body` with the table in a transaction that is on the disk when this returns.
    ///
    /// Only inside a transaction of the store's own database, which serializes the writers; see
    /// `StoreDatabase.bulkTransaction`.
    ///
    /// - Parameter mayMake: called if there is no file; it returns false if there was one, whose bytes are lost.
    /// - Throws: `StoreError.removed` if the file was removed or replaced; the store's own transaction must fail then, so that it
    ///   does not refer to bytes that are gone.
    func transaction<Result: Sendable>(
        mayMake: () throws -> Bool, _ body: (ChunkBytesTable) throws -> Result
    ) throws -> Result {
        try withOpened { opened in
            let now = try FileStatus.ifPresent(at: path)
            if let known = opened {
                guard let now, known.file.hasStatus(now) else { throw StoreError.removed(path) }
            } else if now == nil {
                // The next process that opens the store marks what is lost.
                guard try mayMake() else { throw StoreError.removed(path) }
            }
            let open = try opened ?? self.open()
            opened = open
            return try open.connection.transaction {
                let result = try body(ChunkBytesTable(connection: open.connection))
                guard try open.file.isInPlace() else { throw StoreError.removed(path) }
                return result
            }
        }
    }

    /// True if there is no file: whatever was in it is lost.
    func isMissing() throws(FileError) -> Bool { try FileStatus.ifPresent(at: path) == nil }

    /// Deletes the bytes of chunks; see `StoreDatabase.deleteBulk`.
    func delete(_ chunks: [Int]) throws {
        _ = try existing { connection in
            try connection.transaction {
                for chunk in chunks { try ChunkBytesTable(connection: connection).delete(chunk) }
            }
        }
    }

    /// The stored bytes of chunks, by their IDs, without those that are missing or more than `limit`.
    func bytes(ofChunks ids: [Int], limit: Int) throws -> [Int: [UInt8]] {
        try existing { connection in
            try connection.reading {
                var found: [Int: [UInt8]] = [:]
                for id in ids {
                    found[id] = try ChunkBytesTable(connection: connection).bytes(ofChunk: id, limit: limit)
                }
                return found
            }
        } ?? [:]
    }

    /// Calls `body` with the database in its current state; nil if there is none.
    func existing<Result: Sendable>(_ body: (Connection) throws -> Result) throws -> Result? {
        try withOpened { opened in
            guard let now = try FileStatus.ifPresent(at: path) else { return nil }
            // A new file was created by a process that knows what is lost, so it is right to read it.
            if let known = opened, !known.file.hasStatus(now) { opened = nil }
            let open = try opened ?? self.open()
            opened = open
            return try body(open.connection)
        }
    }

    /// Calls `body` with the open database, if there is one, on one thread at a time.
    private func withOpened<Result: Sendable>(_ body: (inout Opened?) throws -> Result) throws -> Result {
        do {
            return try opened.withLock { try body(&$0) }
        } catch let error as DatabaseError where error.isDamaged {
            throw StoreError(
                .damaged,
                "the store's file \(path) is damaged: \(error.message). Remove it: the next run recomputes what was in it."
            )
        } catch {
            throw StoreError(error, store: path)
        }
    }

    private func open() throws -> Opened {
        // A transaction that a crash interrupted is rolled back by the next process that opens the database and may
        // write.
        let mayWrite = mode == .readWrite || FileSystem.isWritable(path) && FileSystem.isWritable(path.parent)
        let file = try mode == .readWrite ? OpenedFile(makingIfMissing: path) : OpenedFile(at: path)
        let connection = try Connection(path: path.text, mode: mayWrite ? .readWrite : .readOnly)
        try connection.execute(script: StoreDatabase.settings)
        guard mode == .readWrite else {
            try connection.execute(script: "PRAGMA query_only = ON")
            return Opened(connection: connection, file: file)
        }
        try StoreDatabase.setPages(connection)
        try connection.execute(script: "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL")
        try prepare(connection)
        return Opened(connection: connection, file: file)
    }

    private func prepare(_ connection: Connection) throws {
        let version = try Schema.version(of: connection, path: path.text, known: Self.version)
        guard version == 0 else { return }
        try connection.transaction {
            let script = """
                CREATE TABLE IF NOT EXISTS chunk_bytes (chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
                PRAGMA application_id = \(Self.applicationID);
                PRAGMA user_version = \(Self.version);
                """
            try connection.execute(script: script)
        }
    }
}
