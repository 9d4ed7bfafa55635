package import Digests
package import Files
internal import SQLite
internal import Synchronization

/// What this machine has seen in shared caches: packs with their chunks, and names. It only saves requests and transfers, and
/// is rebuilt if it is lost or damaged.
package final class RemoteIndex: Sendable {
    /// Where a chunk, or the list of an object's chunks, is.
    package struct Place: Sendable {
        package let pack: Digest
        /// Its position in the pack's index.
        package let position: Int
    }

    private let connection: Mutex<Connection>

    private static let version = 1
    private static let schema = """
        PRAGMA user_version = \(version);
        CREATE TABLE remote (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE) STRICT;
        -- A pack's index, as in the cache.
        CREATE TABLE pack (
            id INTEGER PRIMARY KEY,
            remote INTEGER NOT NULL REFERENCES remote ON DELETE CASCADE,
            digest BLOB NOT NULL,
            contents BLOB NOT NULL,
            UNIQUE (remote, digest)
        ) STRICT;
        -- list: 1 for the list of an object's chunks.
        CREATE TABLE entry (
            digest BLOB NOT NULL,
            list INTEGER NOT NULL,
            pack INTEGER NOT NULL REFERENCES pack ON DELETE CASCADE,
            position INTEGER NOT NULL,
            PRIMARY KEY (digest, list, pack)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX entry_by_pack ON entry (pack);
        -- Names that are known to exist.
        CREATE TABLE name (
            remote INTEGER NOT NULL REFERENCES remote ON DELETE CASCADE,
            name TEXT NOT NULL,
            PRIMARY KEY (remote, name)
        ) STRICT, WITHOUT ROWID;
        """

    /// Opens the index in a store's work folder; replaces a file there that is not an index.
    package init(in folder: FilePath) throws {
        try FileSystem.makeDirectories(folder)
        let path = folder.appending("remotes.sqlite")
        do {
            connection = Mutex(try Self.open(path))
        } catch let error as DatabaseError where error.isDamaged || error.isUnexpectedContent {
            for suffix in ["", "-wal", "-shm", "-journal"] {
                try FileSystem.removeTree(FilePath(path.text + suffix))
            }
            connection = Mutex(try Self.open(path))
        }
    }

    private static func open(_ path: FilePath) throws -> sending Connection {
        let connection = try Connection(path: path.text)
        try connection.execute(
            script: "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON")
        try connection.transaction {
            let found = try connection.first("PRAGMA user_version") { $0.integer("user_version") } ?? 0
            guard found != version else { return }
            for table in ["name", "entry", "pack", "remote"] {
                try connection.execute(script: "DROP TABLE IF EXISTS \(table)")
            }
            try connection.execute(script: schema)
        }
        return connection
    }

    /// The number of a cache.
    package func remote(_ address: String) throws -> Int {
        try connection.withLock { connection in
            try connection.run("INSERT OR IGNORE INTO remote (address) VALUES (?)", .text(address))
            return try connection.first("SELECT id FROM remote WHERE address = ?", .text(address)) {
                $0.integer("id")
            } ?? 0
        }
    }

    /// The index of a pack; nil if it has not been seen.
    package func contents(ofPack pack: Digest, _ remote: Int) throws -> [UInt8]? {
        try connection.withLock { connection in
            try connection.first(
                "SELECT contents FROM pack WHERE remote = ? AND digest = ?", .integer(remote),
                .blob(pack.bytes)
            ) { $0.blob("contents") }
        }
    }

    /// Remembers a pack and the digests in its index, each with true if it is a list.
    package func add(
        pack: Digest, contents: [UInt8], entries: [(digest: Digest, isList: Bool)], _ remote: Int
    ) throws {
        try connection.withLock { connection in
            try connection.transaction {
                try connection.run(
                    "INSERT OR IGNORE INTO pack (remote, digest, contents) VALUES (?, ?, ?)",
                    .integer(remote), .blob(pack.bytes), .blob(contents))
                guard connection.changes == 1 else { return }
                let id = connection.lastInsertedRow
                for (position, entry) in entries.enumerated() {
                    try connection.run(
                        "INSERT OR IGNORE INTO entry (digest, list, pack, position) VALUES (?, ?, ?, ?)",
                        .blob(entry.digest.bytes), .integer(entry.isList ? 1 : 0), .integer(id),
                        .integer(position))
                }
            }
        }
    }

    /// Forgets a pack that no longer exists.
    package func forget(pack: Digest, _ remote: Int) throws {
        try connection.withLock { connection in
            try connection.run(
                "DELETE FROM pack WHERE remote = ? AND digest = ?", .integer(remote), .blob(pack.bytes))
        }
    }

    /// Where each of these is, in the pack that was seen most recently; nil if it has not been seen.
    package func places(of digests: [Digest], lists: Bool, _ remote: Int) throws -> [Place?] {
        try connection.withLock { connection in
            try connection.reading {
                try digests.map { digest in
                    try connection.first(
                        """
                        SELECT p.digest AS pack, e.position AS position FROM entry e JOIN pack p ON p.id = e.pack
                        WHERE e.digest = ? AND e.list = ? AND p.remote = ? ORDER BY e.pack DESC LIMIT 1
                        """, .blob(digest.bytes), .integer(lists ? 1 : 0), .integer(remote)
                    ) { row in
                        row.withBlob("pack") { Digest(bytes: $0) }.map {
                            Place(pack: $0, position: row.integer("position"))
                        }
                    } ?? nil
                }
            }
        }
    }

    /// Those of these names that are known to exist.
    package func known(_ names: [String], _ remote: Int) throws -> Set<String> {
        try connection.withLock { connection in
            try connection.reading {
                var found: Set<String> = []
                for name in names {
                    let isKnown = try connection.first(
                        "SELECT 1 FROM name WHERE remote = ? AND name = ?", .integer(remote), .text(name)
                    ) { _ in true }
                    if isKnown == true { found.insert(name) }
                }
                return found
            }
        }
    }

    /// Remembers names that exist.
    package func note(_ names: [String], _ remote: Int) throws {
        try connection.withLock { connection in
            try connection.transaction {
                for name in names {
                    try connection.run(
                        "INSERT OR IGNORE INTO name (remote, name) VALUES (?, ?)", .integer(remote),
                        .text(name))
                }
            }
        }
    }

    /// Forgets everything that was seen in a cache.
    package func forgetAll(_ remote: Int) throws {
        try connection.withLock { connection in
            try connection.run("DELETE FROM name WHERE remote = ?", .integer(remote))
            try connection.run("DELETE FROM pack WHERE remote = ?", .integer(remote))
        }
    }
}
