import Dataflow
import Digests
import Files
import SQLite
import StageSchemas
import TestSupport
import Testing

@testable import ArtifactStore

@Suite struct SchemaTests {
    private func version(_ path: FilePath) throws -> Int? {
        try Connection(path: path.text).first("PRAGMA user_version") { $0.integer(0) }
    }

    @Test func aNewStoreIsOfTheCurrentVersion() throws {
        try withStore { fixture in
            #expect(try version(fixture.store.path) == Schema.currentVersion)
            let connection = try Connection(path: fixture.store.path.text)
            func setting(_ name: String) throws -> String? {
                try connection.first("PRAGMA \(name)") { $0.text(0) } ?? nil
            }
            #expect(try setting("journal_mode") == "wal")
            #expect(try setting("page_size") == "16384")
            #expect(try setting("auto_vacuum") == "2")
            #expect(try setting("application_id") == "1399616873")
            let loose = try connection.rows(
                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 "
                    + "AND name NOT LIKE 'sqlite_%'"
            ) { $0.text(0) ?? "" }
            #expect(loose == [])
        }
    }

    /// A migration that was released must never change: stores of its version are out there.
    @Test func releasedVersionsArePinned() {
        #expect(
            Schema.migrations.map { SHA256.digest(of: $0).abbreviated } == [
                "6b46e7f83867", "504758bb0e1f", "6673c3d4b525", "b711a6096333", "5a2fa3bc80d5",
                "bd6a30c990e9",
            ])
    }

    /// What removing an object, and with it what refers to it, looks for.
    @Test(arguments: ["log", "trace"]) func stagesAreFoundByWhatTheyReferTo(column: String) throws {
        try withStore { fixture in
            let connection = try Connection(path: fixture.store.path.text)
            let plan = try connection.rows(
                "EXPLAIN QUERY PLAN UPDATE run_stage SET \(column) = NULL WHERE \(column) = ?", .integer(1)
            ) { $0.text(3) ?? "" }
            #expect(plan.contains { $0.contains("INDEX run_stage_by_\(column) ") }, "\(plan)")
        }
    }

    /// A store of each released version, with a row or more in every table, made by that version's own SQL.
    @Test(arguments: 1...6) func aStoreOfAnOlderVersionKeepsEverything(version: Int) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store.sqlite")
            let file = Array("old".utf8)
            let digest = SHA256.digest(of: file)
            let manifest = Array("sluice tree 1\nx \(digest.hexadecimal) tool\0".utf8)
            let tree = SHA256.digest(of: manifest)
            let material = KeyMaterial(
                .command(
                    KeyMaterial.Command(
                        text: "make it", interpreter: [], outputs: ["t": "t/", "f": "f"], code: [digest],
                        environment: ["LANG": "C"])),
                inputs: ["i": [KeyMaterial.Element(coordinates: ["n": 1], digest: digest)]])
            let key = Key(material)
            do {
                let connection = try Connection(path: path.text)
                let old = Array(Schema.migrations.prefix(version))
                try Schema.prepare(connection, path: path.text, isWritable: true, migrations: old)
                for content in [file, manifest] {
                    try connection.run(
                        "INSERT INTO chunk (digest, codec, size, stored) VALUES (?, 0, ?, ?)",
                        .blob(SHA256.digest(of: content).bytes), .integer(content.count),
                        .integer(content.count))
                    try connection.run(
                        "INSERT INTO chunk_bytes VALUES (last_insert_rowid(), ?)", .blob(content))
                }
                for (digest, shape) in [(digest, "file"), (tree, "tree")] {
                    try connection.run(
                        "INSERT INTO object (digest, shape, size, stored, created) VALUES (?, ?, 3, 3, 7)",
                        .blob(digest.bytes), .text(shape))
                    try connection.run(
                        "INSERT INTO object_chunk SELECT last_insert_rowid(), 0, last_insert_rowid()")
                }
                try connection.run(
                    """
                    INSERT INTO trace (key, kind, parameters, command, declared, code, environment, metrics,
                        wall_seconds, cpu_seconds, peak_memory, host, log, created)
                    VALUES (?, 'run', '{}', 'make it', '{"f":"f","t":"t/"}', ?, '{"LANG":"C"}', '{"loss":0.5}',
                        2, 1, 4096, 'h', 1, 8)
                    """, .blob(key.digest.bytes), .text("[\"\(digest.hexadecimal)\"]"))
                try connection.run(
                    "INSERT INTO trace_input (trace, name, position, coordinates, digest) VALUES (1, 'i', 0, '{\"n\":1}', ?)",
                    .blob(digest.bytes))
                try connection.execute(
                    script: """
                        INSERT INTO tree_entry VALUES (2, 1);
                        INSERT INTO trace_output (trace, name, object) VALUES (1, 't', 2), (1, 'f', 1);
                        INSERT INTO run (id, pipeline, file, arguments, host, process, started, finished, outcome)
                            VALUES (1, 'p', 'p.yaml', '["run"]', 'h', 'h/b/1/1', 5, 6, 'succeeded');
                        INSERT INTO stage VALUES ('p', 's', 1);
                        INSERT INTO pin VALUES (2, 'kept', 9);
                        INSERT INTO lease VALUES (x'00', 'h/b/1/1', 10);
                        INSERT INTO source_file VALUES ('/x', 1, 2, 3, 4, 5, x'00');
                        """)
                try connection.run(
                    """
                    INSERT INTO run_stage (run, stage, kind, key, trace, disposition, reasons, message, seconds, log)
                    VALUES (1, 's', 'run', ?, 1, 'ran', '[]', NULL, 2, NULL)
                    """,
                    .blob(key.digest.bytes))
            }
            for mode in [ArtifactStore.Mode.readWrite, .readOnly] {
                let store = try ArtifactStore(path: path, mode: mode, workingDirectory: folder)
                #expect(try self.version(path) == Schema.currentVersion)
                let trace = try #require(try store.traces.trace(of: key))
                #expect(trace.material == material)
                #expect(trace.outputs["t"] == Artifact(digest: tree, shape: .tree, size: 3))
                #expect(trace.metrics == ["loss": 0.5] && trace.cost.peakMemory == 4096)
                #expect(try store.traces.latest(ofStage: "s", inPipeline: "p")?.key == key)
                #expect(try store.catalog.runs().map(\.counts) == [[.ran: 1]])
                #expect(try store.catalog.stageRecords(ofStage: "s").map(\.log) == [digest])
                #expect(try store.pins.all().map(\.name) == ["kept"])
                #expect(try store.catalog.record(of: tree).producers.map(\.stages) == [["p:s"]])
                let target = folder.appending("target")
                try store.artifacts.export(tree, to: target)
                #expect(try read(target.appending("tool")) == "old")
                try FileSystem.removeTree(target)
                #expect(try store.maintenance.verify().isSound)
            }
            let fixture = try StoreFixture(folder)
            try fixture.publish("new", ["y": noise(100_000)])
            #expect(try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 1)).activeRuns == [])
            #expect(try fixture.store.maintenance.verify().isSound)
        }
    }

    @Test func anOlderStoreBecomesANewerOne() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["x": [1]])
            let migrations =
                Schema.migrations + [
                    "ALTER TABLE run ADD COLUMN remark TEXT; CREATE INDEX run_by_remark ON run (remark);"
                ]
            let connection = try Connection(path: fixture.store.path.text)
            try Schema.prepare(connection, path: "s", isWritable: true, migrations: migrations)
            #expect(try version(fixture.store.path) == Schema.migrations.count + 1)
            #expect(try connection.first("SELECT remark IS NULL FROM run") { $0.integer(0) } == 1)
            #expect(
                try connection.first(
                    "SELECT count(*) FROM trace WHERE key = ?", .blob(trace.key.digest.bytes)
                ) {
                    $0.integer(0)
                } == 1)
        }
    }

    @Test func aMigrationThatFailsChangesNothing() throws {
        try withStore { fixture in
            let connection = try Connection(path: fixture.store.path.text)
            let migrations =
                Schema.migrations + ["CREATE TABLE good (x INTEGER) STRICT; CREATE TABLE run (x);"]
            #expect(throws: DatabaseError.self) {
                try Schema.prepare(connection, path: "s", isWritable: true, migrations: migrations)
            }
            #expect(try version(fixture.store.path) == Schema.currentVersion)
            #expect(
                try connection.first("SELECT count(*) FROM sqlite_schema WHERE name = 'good'") {
                    $0.integer(0)
                }
                    == 0)
        }
    }

    @Test func aNewerStoreIsLeftAlone() throws {
        try withStore { fixture in
            try Connection(path: fixture.store.path.text).execute(script: "PRAGMA user_version = 99")
            for mode in [ArtifactStore.Mode.readWrite, .readOnly] {
                let error = #expect(throws: StoreError.self) { _ = try fixture.reopened(mode) }
                #expect(error?.code == .newerSchema)
                #expect(error?.message.contains("has schema 99") == true)
                #expect(error?.message.contains("SLUICE_STORE") == true)
            }
            #expect(try version(fixture.store.path) == 99)
        }
    }

    @Test(arguments: [
        "", "this is no database, and long enough to have a header of a hundred bytes or more, surely",
    ])
    func otherFilesThanStoresAreNotTouched(content: String) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store.sqlite")
            try write(content, to: path)
            if content.isEmpty {
                // An empty file is an empty database.
                _ = try StoreFixture(folder)
                return
            }
            #expect(storeErrorCode { _ = try StoreFixture(folder) } == .damaged)
            #expect(try read(path) == content)
        }
    }

    @Test func aForeignDatabaseIsNotTouched() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store.sqlite")
            for script in ["CREATE TABLE mine (x); PRAGMA user_version = 1", "PRAGMA user_version = 0"] {
                let connection = try Connection(path: path.text)
                try connection.execute(script: script)
                #expect(storeErrorCode { _ = try StoreFixture(folder) } == .damaged)
                let tables = try connection.rows("SELECT name FROM sqlite_schema") { $0.text(0) ?? "" }
                #expect(tables == ["mine"])
            }
        }
    }

    @Test func readingNothingCreatesNothing() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: StoreError.self) {
                _ = try ArtifactStore(
                    path: folder.appending("store.sqlite"), mode: .readOnly, workingDirectory: folder)
            }
            #expect(error?.code == .missing)
            let names = try FileSystem.names(in: folder)
            #expect(names.isEmpty)
        }
    }

    @Test(arguments: [
        ("Page 24: unable to get the page. error code=266", "disk I/O error"),
        (
            "*** in main ***\nPage 3: unable to get the page. error code=266\nPage 37 is never used",
            "disk I/O error"
        ),
        ("Tree 7 page 23: unable to get the page. error code=13", "database or disk is full"),
    ])
    func anUnreadablePageIsNotDamage(line: String, cause: String) throws {
        let error = try #require(Connection.readingError(line))
        #expect(!error.isDamaged && error.message == cause)
    }

    @Test func aPageThatContradictsOthersIsDamage() throws {
        #expect(
            try #require(Connection.readingError("Page 2: unable to get the page. error code=11")).isDamaged)
        #expect(Connection.readingError("Page 23: never used") == nil)
    }
}
