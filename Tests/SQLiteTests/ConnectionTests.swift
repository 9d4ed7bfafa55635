import Files
import SQLite
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test func valuesRoundTrip() throws {
        try withTemporaryFolder { folder in
            let connection = try Connection(path: folder.appending("d").text)
            try connection.execute(script: "CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB) STRICT")
            let rows: [(Int, Double, String, [UInt8])] = [
                (Int.min, -0.1, "", []), (Int.max, 1e300, "é 🌊\u{0} \n", [0, 255, 0]),
                (0, 0, String(repeating: "x", count: 100_000), [UInt8](repeating: 7, count: 100_000)),
            ]
            for row in rows {
                try connection.run(
                    "INSERT INTO t VALUES (?, ?, ?, ?)", .integer(row.0), .real(row.1), .text(row.2),
                    .blob(row.3))
            }
            let found = try connection.rows("SELECT i, r, s, b FROM t ORDER BY rowid") {
                ($0.integer(0), $0.real(1), $0.text(2) ?? "nil", $0.blob(3))
            }
            #expect(found.count == rows.count)
            for (row, other) in zip(rows, found) {
                #expect(row.0 == other.0)
                #expect(row.1 == other.1)
                #expect(Array(row.2.utf8) == Array(other.2.utf8))
                #expect(row.3 == other.3)
            }
            try connection.run(
                "INSERT INTO t VALUES (?, ?, ?, ?)", .null, .null, .text(orNull: nil), .blob(orNull: nil))
            let nulls = try connection.first("SELECT i, r, s, b FROM t WHERE i IS NULL") { row in
                (0..<4).map { row.isNull($0) } + [row.text(2) == nil, row.blob(3).isEmpty]
            }
            #expect(nulls == [true, true, true, true, true, true])
        }
    }

    @Test(arguments: [0, 1, 70_000]) func aBlobIsBoundWithoutACopy(count: Int) throws {
        try withTemporaryFolder { folder in
            let connection = try Connection(path: folder.appending("d").text)
            try connection.execute(script: "CREATE TABLE t (i INTEGER, b BLOB NOT NULL) STRICT")
            let bytes = [UInt8]((0..<count).map { UInt8(truncatingIfNeeded: $0) })
            try connection.run("INSERT INTO t VALUES (?, ?)", .integer(5), blob: bytes.span.bytes)
            #expect(try connection.first("SELECT b FROM t WHERE i = 5") { $0.blob(0) } == bytes)
            let size = try connection.first("SELECT b FROM t") { $0.withBlob(0) { $0.byteCount } }
            #expect(size == count)
            #expect(connection.lastInsertedRow == 1)
        }
    }

    @Test func statementsMayNest() throws {
        try withTemporaryFolder { folder in
            let connection = try Connection(path: folder.appending("d").text)
            try connection.execute(
                script: "CREATE TABLE t (i INTEGER) STRICT; INSERT INTO t VALUES (1), (2), (3)")
            var pairs = 0
            let sql = "SELECT i FROM t ORDER BY i"
            try connection.forEachRow(sql) { outer in
                let first = outer.integer(0)
                try connection.forEachRow(sql) { inner in pairs += first * 10 + inner.integer(0) }
                #expect(outer.integer(0) == first)
            }
            #expect(pairs == 3 * 60 + 3 * 6)
        }
    }

    @Test func anErrorRollsBack() throws {
        try withTemporaryFolder { folder in
            let connection = try Connection(path: folder.appending("d").text)
            try connection.execute(script: "CREATE TABLE t (i INTEGER UNIQUE) STRICT")
            let error = #expect(throws: DatabaseError.self) {
                try connection.transaction {
                    try connection.run("INSERT INTO t VALUES (1)")
                    try connection.run("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error?.sql == "INSERT INTO t VALUES (1)")
            #expect(error?.description == "UNIQUE constraint failed: t.i (in: INSERT INTO t VALUES (1))")
            #expect(try connection.first("SELECT count(*) FROM t") { $0.integer(0) } == 0)
            try connection.transaction { try connection.run("INSERT INTO t VALUES (2)") }
            #expect(connection.changes == 1)
        }
    }

    @Test(arguments: ["d", "a name?with=100%25#signs"]) func anImmutableDatabaseIsReadInPlace(name: String)
        throws
    {
        try withTemporaryFolder { folder in
            let path = folder.appending(name)
            do {
                let connection = try Connection(path: path.text)
                try connection.execute(
                    script:
                        "PRAGMA journal_mode = WAL; CREATE TABLE t (i INTEGER) STRICT; INSERT INTO t VALUES (7)"
                )
            }
            let immutable = try Connection(path: path.text, mode: .immutable)
            #expect(try immutable.first("SELECT i FROM t") { $0.integer(0) } == 7)
            #expect(throws: DatabaseError.self) { try immutable.run("DELETE FROM t") }
            // No log and no shared memory file next to it.
            #expect(try FileSystem.names(in: folder) == [name])
        }
    }

    @Test func errorsAreClassified() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("d")
            let connection = try Connection(path: path.text)
            try connection.execute(script: "CREATE TABLE t (i INTEGER) STRICT")
            let readOnly = try Connection(path: path.text, mode: .readOnly)
            #expect(
                #expect(throws: DatabaseError.self) { try readOnly.run("DELETE FROM t") }?.isReadOnly == true)
            let impatient = try Connection(path: path.text, busyTimeout: 1)
            try connection.transaction {
                #expect(
                    #expect(throws: DatabaseError.self) { try impatient.run("DELETE FROM t") }?.isBusy == true
                )
            }
            let missing = #expect(throws: DatabaseError.self) {
                _ = try Connection(path: folder.appending("no/d").text)
            }
            #expect(missing?.isUnopenable == true)
            try write(String(repeating: "no database", count: 100), to: folder.appending("text"))
            let text = try Connection(path: folder.appending("text").text)
            #expect(
                #expect(throws: DatabaseError.self) { try text.run("SELECT * FROM t") }?.isDamaged == true)
            try connection.execute(script: "PRAGMA max_page_count = 2")
            let full = #expect(throws: DatabaseError.self) {
                try connection.run(
                    "INSERT INTO t SELECT value FROM json_each('[' || replace(hex(zeroblob(9000)), '00', '1,') || '1]')"
                )
            }
            #expect(full?.isFull == true)
            #expect(throws: DatabaseError.self) { try connection.run("SELEC 1") }
        }
    }
}
