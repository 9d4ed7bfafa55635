internal import Files

/// Where the store's bytes are.
public struct StoreUsage: Sendable, Hashable {
    /// A share of the store.
    public struct Share: Sendable, Hashable {
        /// The kind's name, or the stage as `pipeline:stage`.
        public let name: String
        /// How many artifacts it has.
        public let artifacts: Int
        /// Their bytes.
        public let size: Int
        /// The bytes of their chunks; those shared with others are counted in each.
        public let storedSize: Int
    }

    /// How many artifacts stages have made.
    public let artifacts: Int
    /// Their bytes, as if each were a file of its own.
    public let logicalSize: Int
    /// The bytes of the distinct chunks.
    public let uniqueSize: Int
    /// The bytes of the distinct chunks after compression.
    public let storedSize: Int
    /// The bytes of the database's files.
    public let databaseSize: Int
    /// The bytes in the database file that nothing uses; the next results go there.
    public let freeSize: Int
    /// The bytes of the plain copies in the work folder, which can be deleted at any time.
    public let workSize: Int
    /// By kind, the largest first.
    public let kinds: [Share]
    /// By stage, the largest first.
    public let stages: [Share]
}

extension StoreUsage {
    init(of parts: StoreParts) throws {
        let database = parts.database
        let files = [database.path, database.bulk.path].flatMap { path in
            ["", "-wal", "-shm", "-journal"].map { FilePath(path.text + $0) }
        }
        let freeBeside = try database.bulk.existing { try $0.freeBytes() } ?? 0
        self = try database.current { tables in
            let chunks = try tables.chunks.totals()
            let made = try tables.objects.madeTotals()
            return StoreUsage(
                artifacts: made.count, logicalSize: made.size, uniqueSize: chunks.size,
                storedSize: chunks.stored,
                databaseSize: files.reduce(0) { $0.adding((try? FileStatus(of: $1).size) ?? 0) },
                freeSize: try tables.connection.freeBytes() + freeBeside, workSize: parts.work.plainSize(),
                kinds: try tables.objects.sharesOfKinds(), stages: try tables.objects.sharesOfStages())
        }
    }
}
