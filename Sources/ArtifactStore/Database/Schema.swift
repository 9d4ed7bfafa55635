internal import SQLite

/// The tables, and the migrations from older versions.
///
/// History: 1, the first; 2, a separate database for the bytes of large artifacts; 3, stages without their own log are not in
/// any index of logs; 4, runs have parameters, names and notes; 5, how results were confined, and what commands have
/// discovered; 6, executable files, and accepted results.
enum Schema {
    static let currentVersion = migrations.count

    /// Identifies the file as a store: "Slui".
    static let applicationID = 0x536C_7569

    static func prepare(
        _ connection: Connection, path: String, isWritable: Bool, migrations: [String] = migrations
    ) throws {
        let version = try identify(connection, path: path, known: migrations.count)
        guard version < migrations.count else { return }
        guard isWritable else {
            throw StoreError(
                .missing,
                version == 0
                    ? "there is no store at \(path)"
                    : "the store \(path) has an older schema; `sluice run` migrates it")
        }
        try connection.transaction {
            // Another process may have been faster.
            let version = try Self.version(of: connection, path: path, known: migrations.count)
            for migration in migrations.dropFirst(version) { try connection.execute(script: migration) }
            try connection.execute(script: "PRAGMA application_id = \(applicationID)")
            try connection.execute(script: "PRAGMA user_version = \(migrations.count)")
        }
    }

    /// The version of a store; 0 for an empty database.
    private static func identify(_ connection: Connection, path: String, known: Int) throws -> Int {
        // In one snapshot: another process may be creating the store.
        try connection.run("BEGIN")
        defer { try? connection.run("COMMIT") }
        let version = try version(of: connection, path: path, known: known)
        let application = try connection.first("PRAGMA application_id") { $0.integer("application_id") } ?? 0
        if application != applicationID {
            let tables = try connection.first("SELECT count(*) AS count FROM sqlite_schema") {
                $0.integer("count")
            }
            guard version == 0, tables == 0 else {
                throw StoreError(
                    .damaged, "\(path) is an SQLite database, but not a Sluice store; it was not changed")
            }
        }
        return version
    }

    /// The version of a database's schema.
    ///
    /// - Throws: `StoreError.newerSchema` if it is later than the known versions.
    static func version(of connection: Connection, path: String, known: Int) throws -> Int {
        let version = try connection.first("PRAGMA user_version") { $0.integer("user_version") } ?? 0
        guard version >= 0 else {
            throw StoreError(.damaged, "the store \(path) is damaged: its schema version is \(version)")
        }
        guard version <= known else {
            throw StoreError(
                .newerSchema,
                "the store \(path) has schema \(version), but this sluice only knows schemas up to \(known). "
                    + "Use the newer sluice, or set SLUICE_STORE to another store.")
        }
        return version
    }

    /// `migrations[n]` migrates version n to version n + 1.
    static let migrations = [
        """
        -- Content-defined pieces of files. codec: 0 as is, 1 zstd. size: bytes before compression.
        -- digest: null where the bytes were found to be others. stored: bytes after compression. Ids are never used
        -- twice: who has written a chunk and not yet referred to it must not find another in its place.
        CREATE TABLE chunk (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            digest BLOB UNIQUE,
            codec INTEGER NOT NULL,
            size INTEGER NOT NULL,
            stored INTEGER NOT NULL
        ) STRICT;
        -- Apart, so that looking chunks up and counting them does not read the store.
        CREATE TABLE chunk_bytes (
            chunk INTEGER PRIMARY KEY REFERENCES chunk ON DELETE CASCADE,
            bytes BLOB NOT NULL
        ) STRICT;

        -- Files, trees (whose content is a manifest) and logs, named by content.
        CREATE TABLE object (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            shape TEXT NOT NULL CHECK (shape IN ('file', 'tree')),
            size INTEGER NOT NULL,              -- bytes; of a tree, of all files in it
            stored INTEGER NOT NULL,            -- bytes of its chunks after compression, those of what it names included
            damaged INTEGER NOT NULL DEFAULT 0, -- 1: a chunk was found to be wrong
            created REAL NOT NULL
        ) STRICT;
        CREATE TABLE object_chunk (
            object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE,
            position INTEGER NOT NULL,
            chunk INTEGER NOT NULL REFERENCES chunk,
            PRIMARY KEY (object, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX object_chunk_by_chunk ON object_chunk (chunk);
        CREATE TABLE tree_entry (
            tree INTEGER NOT NULL REFERENCES object ON DELETE CASCADE,
            child INTEGER NOT NULL REFERENCES object,
            PRIMARY KEY (tree, child)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tree_entry_by_child ON tree_entry (child);

        -- Key → outputs, and what the key is the digest of.
        CREATE TABLE trace (
            id INTEGER PRIMARY KEY,
            key BLOB NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            fingerprint BLOB,
            parameters TEXT NOT NULL,
            command TEXT,
            declared TEXT NOT NULL,     -- a command's outputs, name → file name
            code TEXT NOT NULL,         -- digests of a command's code files
            environment TEXT NOT NULL,
            metrics TEXT NOT NULL,
            wall_seconds REAL NOT NULL,
            cpu_seconds REAL NOT NULL,
            peak_memory INTEGER NOT NULL,
            host TEXT NOT NULL,
            log INTEGER REFERENCES object ON DELETE SET NULL,
            created REAL NOT NULL
        ) STRICT;
        CREATE INDEX trace_by_log ON trace (log);
        CREATE TABLE trace_input (
            trace INTEGER NOT NULL REFERENCES trace ON DELETE CASCADE,
            name TEXT NOT NULL,
            position INTEGER NOT NULL,
            coordinates TEXT NOT NULL,
            digest BLOB NOT NULL,
            PRIMARY KEY (trace, name, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE trace_output (
            trace INTEGER NOT NULL REFERENCES trace ON DELETE CASCADE,
            name TEXT NOT NULL,
            object INTEGER NOT NULL REFERENCES object,
            PRIMARY KEY (trace, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX trace_output_by_object ON trace_output (object);

        -- Invocations, and what became of each stage in them.
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            pipeline TEXT NOT NULL,
            file TEXT NOT NULL,
            arguments TEXT NOT NULL,
            host TEXT NOT NULL,
            process TEXT NOT NULL,
            started REAL NOT NULL,
            finished REAL,
            outcome TEXT
        ) STRICT;
        CREATE TABLE run_stage (
            run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
            stage TEXT NOT NULL,
            kind TEXT NOT NULL,
            key BLOB,
            trace INTEGER REFERENCES trace ON DELETE SET NULL,
            disposition TEXT NOT NULL,
            reasons TEXT NOT NULL,
            message TEXT,
            seconds REAL,               -- wall clock, where it ran
            log INTEGER REFERENCES object ON DELETE SET NULL,
            PRIMARY KEY (run, stage)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX run_stage_by_trace ON run_stage (trace);
        CREATE INDEX run_stage_by_log ON run_stage (log);
        -- The latest trace of each stage of each pipeline.
        CREATE TABLE stage (
            pipeline TEXT NOT NULL,
            name TEXT NOT NULL,
            trace INTEGER NOT NULL REFERENCES trace ON DELETE CASCADE,
            PRIMARY KEY (pipeline, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX stage_by_trace ON stage (trace);

        -- Files outside, so that what has not changed is not read again.
        CREATE TABLE source_file (
            path TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            inode INTEGER NOT NULL,
            device INTEGER NOT NULL,
            digest BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE pin (
            object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE,
            name TEXT NOT NULL,
            created REAL NOT NULL,
            PRIMARY KEY (object, name)
        ) STRICT, WITHOUT ROWID;

        -- Who computes a key at the moment.
        CREATE TABLE lease (
            key BLOB PRIMARY KEY,
            process TEXT NOT NULL,
            expires REAL NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- For people with the sqlite3 program.
        CREATE VIEW stages AS
            SELECT s.pipeline, s.name AS stage, t.kind, lower(hex(t.key)) AS key,
                datetime(t.created, 'unixepoch') AS made, round(t.wall_seconds, 3) AS seconds,
                t.parameters, t.metrics
            FROM stage s JOIN trace t ON t.id = s.trace;
        CREATE VIEW artifacts AS
            SELECT lower(hex(o.digest)) AS digest, o.shape, o.size, o.stored, t.kind, p.name AS output,
                (SELECT group_concat(s.pipeline || ':' || s.name, ' ') FROM stage s WHERE s.trace = t.id) AS stages,
                datetime(o.created, 'unixepoch') AS made,
                (SELECT datetime(max(r.started), 'unixepoch') FROM run_stage x JOIN run r ON r.id = x.run
                    WHERE x.trace = t.id) AS used
            FROM trace_output p JOIN object o ON o.id = p.object JOIN trace t ON t.id = p.trace;
        CREATE VIEW runs AS
            SELECT r.id AS run, r.pipeline, datetime(r.started, 'unixepoch') AS started,
                round(r.finished - r.started, 3) AS seconds, r.outcome,
                (SELECT count(*) FROM run_stage x WHERE x.run = r.id AND disposition = 'ran') AS ran,
                (SELECT count(*) FROM run_stage x WHERE x.run = r.id AND disposition = 'cached') AS cached,
                (SELECT count(*) FROM run_stage x WHERE x.run = r.id AND disposition = 'failed') AS failed
            FROM run r;
        """,
        """
        -- 1: its bytes are not in chunk_bytes, but in the table of that name in the database beside this one, whose name
        -- ends with -chunks.
        ALTER TABLE chunk ADD COLUMN beside INTEGER NOT NULL DEFAULT 0;
        """,
        """
        -- Hardly any stage has a log in a run, and each would be an entry.
        DROP INDEX run_stage_by_log;
        CREATE INDEX run_stage_by_log ON run_stage (log) WHERE log IS NOT NULL;
        """,
        """
        -- The pipeline's parameters after --set, and the names and notes that users give to runs.
        ALTER TABLE run ADD COLUMN parameters TEXT NOT NULL DEFAULT '{}';
        ALTER TABLE run ADD COLUMN name TEXT;
        ALTER TABLE run ADD COLUMN note TEXT;
        -- Seconds since 1970 at which the attempt that gave the result began; null where nothing ran.
        ALTER TABLE run_stage ADD COLUMN started REAL;
        -- What each pipeline has published last, to remove what it no longer publishes.
        CREATE TABLE publication (
            pipeline TEXT NOT NULL,
            file TEXT NOT NULL,
            digest BLOB NOT NULL,
            PRIMARY KEY (pipeline, file)
        ) STRICT, WITHOUT ROWID;
        """,
        """
        -- confined, partly or unconfined; null for results of versions that did not confine.
        ALTER TABLE trace ADD COLUMN confinement TEXT;
        -- Of a command whose reads were observed: the key of what it declares, and the roots of two trees of discovery nodes,
        -- which paths were looked at and what was there. `key` is made of the first and the last.
        ALTER TABLE trace ADD COLUMN declared_key BLOB;
        ALTER TABLE trace ADD COLUMN paths BLOB;
        ALTER TABLE trace ADD COLUMN snapshot BLOB;
        CREATE INDEX trace_by_declared_key ON trace (declared_key) WHERE declared_key IS NOT NULL;
        -- A folder of what commands have discovered, in the encoding that DiscoveryNode describes.
        CREATE TABLE discovery_node (
            digest BLOB PRIMARY KEY,
            encoding BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
        """
        -- 1: the file can be run as a program. In a tree, its manifest says so.
        ALTER TABLE trace_output ADD COLUMN executable INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE trace_input ADD COLUMN executable INTEGER NOT NULL DEFAULT 0;
        -- The key that the outputs were made for, where a user has accepted them for this one; null for all others.
        ALTER TABLE trace ADD COLUMN accepted BLOB;
        """,
    ]
}
