internal import Files
internal import SQLite

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
    /// The bytes of the plain copies in the work folder, which may go at any time.
    public let workSize: Int
    /// By kind, the largest first.
    public let kinds: [Share]
    /// By stage, the largest first.
    public let stages: [Share]
}

extension ArtifactStore {
    /// Where the store's bytes are.
    public func usage() throws -> StoreUsage {
        let files = [path, bulk.path].flatMap { path in
            ["", "-wal", "-shm", "-journal"].map { FilePath(path.text + $0) }
        }
        let databaseSize = files.reduce(0) { $0.adding((try? FileStatus(of: $1).size) ?? 0) }
        let freeBeside = try bulk.existing(Self.freeSize) ?? 0
        let work = workFolder.plainCopies().reduce(0) { $0.adding($1.status.size) }
        return try withConnection { connection in
            let chunks = try connection.first(
                "SELECT coalesce(sum(size), 0) AS size, coalesce(sum(stored), 0) AS stored FROM chunk"
            ) { row in
                (
                    size: try row.count("size", of: "all chunks"),
                    stored: try row.count("stored", of: "all chunks")
                )
            }
            let roots = try connection.first(
                """
                SELECT count(*) AS count, coalesce(sum(size), 0) AS size FROM object
                WHERE id IN (SELECT object FROM trace_output)
                """
            ) {
                (count: $0.integer("count"), size: try $0.count("size", atMost: Int.max, of: "all artifacts"))
            }
            return StoreUsage(
                artifacts: roots?.count ?? 0, logicalSize: roots?.size ?? 0, uniqueSize: chunks?.size ?? 0,
                storedSize: chunks?.stored ?? 0, databaseSize: databaseSize,
                freeSize: try Self.freeSize(connection) + freeBeside, workSize: work,
                kinds: try Self.shares(
                    "SELECT DISTINCT t.kind AS name, p.object FROM trace_output p JOIN trace t ON t.id = p.trace",
                    connection),
                stages: try Self.shares(
                    """
                    SELECT DISTINCT s.pipeline || ':' || s.name AS name, p.object
                    FROM trace_output p JOIN stage s ON s.trace = p.trace
                    """, connection))
        }
    }

    /// The bytes in a database's file that nothing uses.
    private static func freeSize(_ connection: Connection) throws -> Int {
        let free = try connection.first("PRAGMA freelist_count") { $0.integer(0) } ?? 0
        let page = try connection.first("PRAGMA page_size") { $0.integer(0) } ?? 0
        return free * page
    }

    /// Sums the objects that a query of names and objects gives.
    private static func shares(_ query: String, _ connection: Connection) throws -> [StoreUsage.Share] {
        try connection.rows(
            """
            SELECT q.name AS name, count(*) AS count, sum(o.size) AS size, sum(o.stored) AS stored
            FROM (\(query)) q JOIN object o ON o.id = q.object GROUP BY q.name ORDER BY 4 DESC, 1
            """
        ) { row in
            let name = row.text("name") ?? ""
            return StoreUsage.Share(
                name: name, artifacts: row.integer("count"),
                size: try row.count("size", atMost: Int.max, of: "all of '\(name)'"),
                storedSize: try row.count("stored", atMost: Int.max, of: "all of '\(name)'"))
        }
    }
}
