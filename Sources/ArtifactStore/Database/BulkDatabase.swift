internal import Files
internal import SQLite
internal import Synchronization

/// The database beside the store's: the bytes of large artifacts' chunks, by the numbers that they have in the store.
///
/// What goes through the store's own database is written twice, to its log and later to its place; that lets readers go
/// on, and is nothing for small results. This one has no log, but a journal of the pages that change: new bytes are
/// written once, at the speed of the disk. What is written here is on the disk before the store's own transaction names
/// it, so that a crash leaves at most bytes that nobody names; the next chunk of the same number replaces them.
final class BulkDatabase: Sendable {
    /// What identifies a file as such: "Sluc".
    private static let applicationID = 0x536C_7563
    private static let version = 1

    let path: FilePath
    private let mode: ArtifactStore.Mode
    private let connection = Mutex<Connection?>(nil)

    /// - Parameter store: the store's own database; this one is opened when it is needed first.
    init(beside store: FilePath, mode: ArtifactStore.Mode) {
        path = FilePath(store.text + "-chunks")
        self.mode = mode
    }

    /// Gives `body` the table in a transaction that is on the disk when this returns.
    ///
    /// Only inside a transaction of the store's own database: there, writers wait for each other.
    func transaction<Result: Sendable>(_ body: (ChunkBytesTable) throws -> Result) throws -> Result {
        try withConnection { connection in
            try connection.transaction { try body(ChunkBytesTable(connection: connection)) }
        }
    }

    /// Deletes the bytes of chunks; inside a transaction of the store's own database.
    func delete(_ chunks: [Int]) throws {
        guard !chunks.isEmpty else { return }
        _ = try existing { connection in
            try connection.transaction {
                for chunk in chunks { try ChunkBytesTable(connection: connection).delete(chunk) }
            }
        }
    }

    /// The stored bytes of a chunk; nil if they are gone, or are more than `limit`.
    func bytes(ofChunk id: Int, limit: Int) throws -> [UInt8]? {
        try existing { try ChunkBytesTable(connection: $0).bytes(ofChunk: id, limit: limit) } ?? nil
    }

    /// Gives `body` the database as it is; nil if there is none.
    func existing<Result: Sendable>(_ body: (Connection) throws -> Result) throws -> Result? {
        guard FileSystem.exists(path) else { return nil }
        return try withConnection(body)
    }

    private func withConnection<Result: Sendable>(_ body: (Connection) throws -> Result) throws -> Result {
        do {
            return try connection.withLock { connection in
                let open = try connection ?? self.open()
                connection = open
                return try body(open)
            }
        } catch let error as DatabaseError where error.isDamaged {
            throw StoreError(
                .damaged,
                "the store's file \(path) is damaged: \(error.message). Remove it: the next run makes anew what was in it."
            )
        } catch {
            throw StoreError(error, store: path)
        }
    }

    private func open() throws -> Connection {
        // What a crash has left half-done is undone by the next who opens it, if it may write.
        let mayWrite = mode == .readWrite || FileSystem.isWritable(path) && FileSystem.isWritable(path.parent)
        if mode == .readWrite { try StoreDatabase.makeByTheMask(path) }
        let connection = try Connection(path: path.text, mode: mayWrite ? .readWrite : .readOnly)
        try connection.execute(script: StoreDatabase.settings)
        guard mode == .readWrite else {
            try connection.execute(script: "PRAGMA query_only = ON")
            return connection
        }
        try StoreDatabase.setPages(connection)
        try connection.execute(script: "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL")
        try prepare(connection)
        return connection
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
