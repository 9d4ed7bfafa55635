import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import TestSupport
import Testing

/// Forged bundles: nothing is written elsewhere, and nothing crashes the program.
@Suite struct ForgedBundleTests {
    /// What an attempt at a forgery leads to.
    private struct Outcome {
        let code: StoreError.Code?
        let names: [String]
        let runs: Int
    }

    /// Makes a bundle with a file, a directory and a link in it, changes it, and imports it into another store.
    private func imported(
        stage: String = "s", changing change: (Connection) throws -> Void
    ) throws -> Outcome {
        try withTemporaryFolder { folder in
            for name in ["from", "to", "victim"] { try FileSystem.makeDirectory(folder.appending(name)) }
            let from = try StoreFixture(folder.appending("from"))
            let tree = from.folder.appending("tree")
            try FileSystem.makeDirectories(tree.appending("in"))
            try FileContents.write(noise(1000), to: tree.appending("in/x"))
            try FileSystem.symbolicLink(to: "in", at: tree.appending("link"))
            let trace = from.trace([
                "file": try from.store.artifacts.capture(try from.file(noise(3_000_000)), shape: .file),
                "tree": try from.store.artifacts.capture(tree, shape: .tree),
            ])
            let run = try from.beginRun()
            try from.store.runs.commit([from.ran(stage, trace)], run: run)
            try from.store.runs.end(run, outcome: .succeeded)
            let bundle = folder.appending("bundle")
            try from.store.bundles.write([(pipeline: "p", stage: stage, trace: trace)], to: bundle)
            try change(try Connection(path: bundle.text))
            let to = try StoreFixture(folder.appending("to"))
            let code = storeErrorCode { _ = try to.store.bundles.read(bundle) }
            #expect(try to.store.maintenance.verify().damaged.isEmpty)
            #expect((try to.store.traces.trace(of: trace.key) == nil) == (code != nil))
            return Outcome(
                code: code, names: try FileSystem.names(in: folder.appending("victim")),
                runs: try to.store.catalog.runs().count)
        }
    }

    /// Values of a matrix, which are in the names of instances, may have any characters.
    @Test(arguments: ["s", "s[x=a\nb\u{1B}[2J,y=é]"]) func genuineBundlesAreImported(stage: String) throws {
        let outcome = try imported(stage: stage) { _ in }
        #expect(outcome.code == nil)
        #expect(outcome.runs == 1)
    }

    @Test func nothingIsWrittenThroughALink() throws {
        let outcome = try imported { connection in
            let target = SHA256.digest(of: "../../../../../../victim")
            let sql = "INSERT INTO piece (file, position, size, bytes) VALUES (?, 0, ?, ?)"
            let bytes = Array("../../../../../../victim".utf8)
            try connection.run(sql, .blob(target.bytes), .integer(-bytes.count), .blob(bytes))
            for (path, kind) in [("way", "link"), ("way/link", "link"), ("way/folder", "directory")] {
                try connection.run(
                    "INSERT INTO entry SELECT DISTINCT tree, ?, ?, ? FROM entry", .text(path), .text(kind),
                    .blob(target.bytes))
            }
        }
        #expect(outcome.code == .invalid)
        #expect(outcome.names.isEmpty)
    }

    @Test(arguments: [
        "UPDATE piece SET size = -9223372036854775808", "UPDATE piece SET size = 9223372036854775807",
        "UPDATE piece SET size = size - 1", "UPDATE piece SET position = position + 100",
        "UPDATE piece SET position = -9223372036854775808 WHERE position = 0",
        "DELETE FROM piece WHERE position = 1", "DELETE FROM entry WHERE path = 'in'",
        "UPDATE entry SET path = '../victim/x' WHERE path = 'in/x'",
        "UPDATE entry SET path = 'in//x' WHERE path = 'in/x'", "UPDATE entry SET kind = 'device'",
        "UPDATE entry SET path = '/in'  WHERE path = 'in'",
        "UPDATE result SET record = replace(record, '\"peakMemory\":4096', '\"peakMemory\":-1')",
        "UPDATE result SET record = replace(record, '\"wallSeconds\":2', '\"wallSeconds\":1e300')",
        "UPDATE result SET record = replace(record, '\"stage\":\"s\"', '\"stage\":\"a\\u0000b\"')",
        "UPDATE result SET record = replace(record, '\"stage\":\"s\"', '\"stage\":\"\"')",
        "UPDATE result SET record = replace(record, '\"size\":3000000', '\"size\":1000000')",
        "UPDATE result SET record = replace(record, '\"size\":3000000', '\"size\":3000001')",
        "UPDATE result SET record = replace(record, '\"size\":3000000', '\"size\":-1')",
        "UPDATE result SET record = replace(record, '\"kind\":', '\"kind\":{\"a\":1},\"b\":')",
    ])
    func changedBundlesAreRefused(sql: String) throws {
        let outcome = try imported { connection in
            // `replace` makes a text of the record.
            try connection.execute(
                script: sql.replacing("replace(record, ", with: "CAST(replace(CAST(record AS TEXT), ")
                    .replacing("')", with: "') AS BLOB)"))
        }
        #expect(outcome.code == .invalid)
        #expect(outcome.names.isEmpty)
    }

    /// Not even one with the right rows is read: the rows of a view need not end.
    @Test func viewsAreNotTables() throws {
        let outcome = try imported { connection in
            try connection.execute(
                script: "ALTER TABLE piece RENAME TO other; CREATE VIEW piece AS SELECT * FROM other")
        }
        #expect(outcome.code == .invalid)
    }
}
