internal import Files

/// How a store uses its space.
public struct StoreUsage: Sendable, Hashable {
    /// A kind's or a stage's share of the store.
    public struct Share: Sendable, Hashable {
        /// The kind's name, or the stage as `pipeline:stage`.
        public let name: String
        /// How many artifacts it has.
        public let artifacts: Int
        /// Their total size.
        public let size: Int
        /// The bytes of their chunks; shared chunks count in full.
        public let storedSize: Int
    }

    /// The number of artifacts that stages have produced.
    public let artifacts: Int
    /// Their total size, as if each were a separate file.
    public let logicalSize: Int
    /// The bytes of the distinct chunks.
    public let uniqueSize: Int
    /// The bytes of the distinct chunks after compression.
    public let storedSize: Int
    /// The size of the database files.
    public let databaseSize: Int
    /// The unused bytes in the database file, where the next results will go.
    public let freeSize: Int
    /// The bytes of the plain copies in the work folder, which can be deleted at any time.
    public let workSize: Int
    /// By kind, largest first.
    public let kinds: [Share]
    /// By stage, largest first.
    public let stages: [Share]
}

extension StoreUsage {
    init(of parts: StoreParts) throws {
        let database = parts.database
        let files = [database.path, database.bulk.path].flatMap { path in
            ["", "-wal", "-shm", "-journal"].map { FilePath(path.text + $0) }
        }
        let freeBulk = try database.bulk.existing { try $0.freeBytes() } ?? 0
        self = try database.current { tables in
            let chunks = try tables.chunks.totals()
            let made = try tables.objects.madeTotals()
            return StoreUsage(
                artifacts: made.count, logicalSize: made.size, uniqueSize: chunks.size,
                storedSize: chunks.stored,
                databaseSize: files.reduce(0) { $0.adding((try? FileStatus(of: $1).size) ?? 0) },
                freeSize: try tables.connection.freeBytes() + freeBulk, workSize: parts.work.plainSize(),
                kinds: try tables.objects.sharesOfKinds(), stages: try tables.objects.sharesOfStages())
        }
    }
}
