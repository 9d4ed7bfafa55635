import Dataflow
import Digests
import Files
import SQLite
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
                "6b46e7f83867", "504758bb0e1f", "6673c3d4b525",
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

    /// Its chunks are all in the store itself.
    @Test func aStoreOfTheFirstVersionKeepsItsArtifacts() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store.sqlite")
            let connection = try Connection(path: path.text)
            let first = Array(Schema.migrations.prefix(1))
            try Schema.prepare(connection, path: path.text, isWritable: true, migrations: first)
            let bytes = Array("old".utf8)
            let digest = SHA256.digest(of: bytes)
            try connection.run(
                "INSERT INTO chunk (digest, codec, size, stored) VALUES (?, 0, 3, 3)", .blob(digest.bytes))
            try connection.run("INSERT INTO chunk_bytes VALUES (1, ?)", .blob(bytes))
            try connection.run(
                "INSERT INTO object (digest, shape, size, stored, created) VALUES (?, 'file', 3, 3, 0)",
                .blob(digest.bytes))
            try connection.run("INSERT INTO object_chunk VALUES (1, 0, 1)")
            let fixture = try StoreFixture(folder)
            #expect(try version(path) == Schema.currentVersion)
            #expect(try fixture.bytes(of: digest) == bytes)
        }
    }

    @Test func anOlderStoreBecomesANewerOne() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["x": [1]])
            let migrations =
                Schema.migrations + [
                    "ALTER TABLE run ADD COLUMN note TEXT; CREATE INDEX run_by_note ON run (note);"
                ]
            let connection = try Connection(path: fixture.store.path.text)
            try Schema.prepare(connection, path: "s", isWritable: true, migrations: migrations)
            #expect(try version(fixture.store.path) == Schema.migrations.count + 1)
            #expect(try connection.first("SELECT note IS NULL FROM run") { $0.integer(0) } == 1)
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
    func whatIsNoStoreIsNotTouched(content: String) throws {
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

    @Test func somebodyElsesDatabaseIsNotTouched() throws {
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

    @Test func lookingAtNothingMakesNothing() throws {
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
}
