import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import TestSupport
import Testing

/// Forged stores: nothing is written outside the target, and nothing crashes the program.
@Suite struct ForgedStoreTests {
    /// A store whose rows can be written at will.
    struct Forgery {
        let fixture: StoreFixture
        let connection: Connection

        init(_ fixture: StoreFixture) throws {
            self.fixture = fixture
            connection = try Connection(path: fixture.store.path.text)
        }

        /// Adds an object with the given content, as one raw chunk, and with any size.
        @discardableResult
        func add(_ content: [UInt8], shape: String = "file", size: Int? = nil) throws -> Digest {
            let digest = SHA256.digest(of: content)
            let size = size ?? content.count
            try connection.run(
                "INSERT OR IGNORE INTO chunk (digest, codec, size, stored) VALUES (?, 0, ?, ?)",
                .blob(digest.bytes), .integer(content.count), .integer(content.count))
            let chunk = try connection.first("SELECT id FROM chunk WHERE digest = ?", .blob(digest.bytes)) {
                $0.integer("id")
            }
            try connection.run(
                "INSERT OR IGNORE INTO chunk_bytes VALUES (?, ?)", .integer(orNull: chunk), .blob(content))
            try connection.run(
                "INSERT INTO object (digest, shape, size, stored, created) VALUES (?, ?, ?, 0, 0)",
                .blob(digest.bytes), .text(shape), .integer(size))
            try connection.run(
                "INSERT INTO object_chunk VALUES (?, 0, ?)", .integer(connection.lastInsertedRow),
                .integer(orNull: chunk))
            return digest
        }

        func addTree(_ lines: [(kind: String, digest: Digest, name: String)], size: Int) throws -> Digest {
            let text = lines.map { "\($0.kind) \($0.digest.hexadecimal) \($0.name)\0" }.joined()
            return try add(Array(("sluice tree 1\n" + text).utf8), shape: "tree", size: size)
        }
    }

    private func withForgery<Result>(_ body: (Forgery) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let inner = folder.appending("a/b/store")
            try FileSystem.makeDirectories(inner)
            return try body(Forgery(try StoreFixture(inner)))
        }
    }

    /// Every path below a folder.
    private func all(_ folder: FilePath) throws -> [String] {
        try FileSystem.names(in: folder).flatMap { name -> [String] in
            let path = folder.appending(name)
            let isFolder = try FileStatus(of: path, followsLinks: false).kind == .directory
            return [path.text] + (isFolder ? try all(path) : [])
        }
    }

    private func isRefused(
        _ tree: Digest, _ forgery: Forgery, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) throws {
        let fixture = forgery.fixture
        let root = fixture.folder.parent.parent.parent
        let isStores = { (path: String) in
            ["/store.sqlite", "/store/work"].contains { path.contains($0) }
        }
        let before = try all(root).filter { !isStores($0) }
        let target = fixture.folder.appending("t")
        for store in [try fixture.reopened(), try fixture.reopened(.readOnly)] {
            #expect(
                storeErrorCode { try store.artifacts.export(tree, to: target) } == .damaged,
                sourceLocation: sourceLocation)
            #expect(
                storeErrorCode { try store.artifacts.materialize(tree, at: target) } == .damaged,
                sourceLocation: sourceLocation)
            #expect(
                storeErrorCode { _ = try store.catalog.entries(ofTree: tree) } == .damaged,
                sourceLocation: sourceLocation)
        }
        #expect(try all(root).filter { !isStores($0) } == before, sourceLocation: sourceLocation)
        #expect(try fixture.store.artifacts.holds(tree) == false, sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "../../victim", "../victim", "..", ".", "", "a/b", "/victim", "a/../../victim",
        String(repeating: "n", count: 256),
    ])
    func anInvalidFileNameIsDamage(name: String) throws {
        try withForgery { forgery in
            let file = try forgery.add(Array("evil".utf8))
            let tree = try forgery.addTree([("x", file, name)], size: 4)
            try isRefused(tree, forgery)
            // Deep inside a tree that is right otherwise, too.
            let outer = try forgery.addTree([("f", file, "fine"), ("d", tree, "inner")], size: 8)
            try forgery.connection.run("UPDATE object SET damaged = 0")
            try isRefused(outer, forgery)
        }
    }

    @Test func anyOtherFormOfAManifestIsDamage() throws {
        try withForgery { forgery in
            let file = try forgery.add(Array("x".utf8))
            let other = try forgery.add(Array("yy".utf8))
            let hexadecimal = file.hexadecimal
            for lines in [
                [("f", file, "b"), ("f", file, "a")], [("f", file, "a"), ("f", other, "a")],
                [("q", file, "a")], [("d", file, "a")],
            ] {
                let size = lines.reduce(0) { $0 + ($1.1 == file ? 1 : 2) }
                try isRefused(try forgery.addTree(lines, size: size), forgery)
            }
            for text in [
                "f \(hexadecimal) a", "f \(hexadecimal.uppercased()) a\0", "f_\(hexadecimal) a\0",
                "f \(hexadecimal.dropLast()) a\0", "f \(hexadecimal)_a\0", "\0",
            ] {
                let bytes = Array("sluice tree 1\n\(text)".utf8)
                try isRefused(try forgery.add(bytes, shape: "tree", size: 1), forgery)
            }
            let missing = SHA256.digest(of: "nowhere")
            try isRefused(try forgery.addTree([("f", missing, "a")], size: 1), forgery)
            for size in [0, 2, 1 << 49] {
                try isRefused(
                    try forgery.addTree([("f", file, "size-\(size)")], size: size), forgery)
            }
        }
    }

    @Test func treesThatNameEachOtherManyTimesAreDamage() throws {
        try withForgery { forgery in
            let file = try forgery.add(Array("x".utf8))
            var below = ("f", file)
            var size = 1
            for _ in 0..<10 {
                size *= 16
                below = ("d", try forgery.addTree((10..<26).map { (below.0, below.1, "\($0)") }, size: size))
            }
            try isRefused(below.1, forgery)
        }
    }

    @Test func aTreeThatIsTooDeepIsDamage() throws {
        try withForgery { forgery in
            var below = ("f", try forgery.add(Array("x".utf8)))
            for _ in 0..<100 { below = ("d", try forgery.addTree([(below.0, below.1, "d")], size: 1)) }
            try isRefused(below.1, forgery)
        }
    }

    @Test func aFileThatExpandsBeyondItsSizeIsDamage() throws {
        try withForgery { forgery in
            let digest = try forgery.add(Array("0123456789".utf8))
            // The same ten bytes, many times over.
            try forgery.connection.execute(
                script: """
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                    INSERT INTO object_chunk SELECT 1, i, 1 FROM n
                    """)
            let target = forgery.fixture.folder.appending("t")
            let store = try forgery.fixture.reopened()
            let error = #expect(throws: StoreError.self) { try store.artifacts.export(digest, to: target) }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("more bytes than its recorded size") == true)
            #expect(!FileSystem.exists(target))
        }
    }

    /// Each of these ended the program.
    @Test(arguments: [
        "UPDATE chunk SET size = -1", "UPDATE chunk SET size = 9223372036854775807",
        "UPDATE chunk SET stored = 9223372036854775807", "UPDATE chunk SET stored = -9223372036854775807 - 1",
        "UPDATE chunk SET codec = 7", "UPDATE object SET size = -1",
        "UPDATE object SET size = 9223372036854775807",
        "UPDATE object SET stored = -9223372036854775807 - 1",
        "UPDATE object SET stored = 9223372036854775807",
        "UPDATE object SET created = 9e999", "UPDATE object SET digest = x'00' WHERE id = 1",
        "UPDATE trace SET wall_seconds = 9e999, created = -9e999", "UPDATE trace SET cpu_seconds = 1e300",
        "UPDATE trace SET peak_memory = -1", "UPDATE trace SET key = x'00' WHERE id = 1",
        "UPDATE run SET started = 9e999", "UPDATE run SET finished = -9e999",
        "UPDATE run_stage SET seconds = 9e999",
        "UPDATE pin SET created = 9e999", "UPDATE object_chunk SET position = 1000 - position",
        "UPDATE chunk_bytes SET bytes = zeroblob(300000)", "UPDATE trace SET parameters = '[[['",
    ])
    func rowsThatCannotBeAreDamageAndAreMadeAnew(script: String) throws {
        try withForgery { forgery in
            let fixture = forgery.fixture
            func publish() throws -> Trace {
                let tree = fixture.folder.appending("attempt/tree")
                try FileSystem.makeDirectories(tree)
                try FileContents.write("in the tree", to: tree.appending("file"))
                let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
                let bytes = try fixture.store.artifacts.capture(
                    try fixture.file(noise(200_000)), shape: .file)
                let trace = fixture.trace(["tree": artifact, "bytes": bytes])
                let run = try fixture.beginRun()
                try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
                try fixture.store.runs.end(run, outcome: .succeeded)
                return trace
            }
            let trace = try publish()
            let bytes = try #require(trace.outputs["bytes"]).digest
            try fixture.store.pins.add(bytes, name: "pinned")
            try forgery.connection.execute(script: script)
            try fixture.evict()

            for mode in [ArtifactStore.Mode.readOnly, .readWrite] {
                let store = try fixture.reopened(mode)
                let target = fixture.folder.appending("t")
                for look in [
                    { _ = try store.traces.trace(of: trace.key) },
                    { _ = try store.traces.trace(of: trace.key, trace.material) },
                    { _ = try store.traces.latest(ofStage: "s", inPipeline: "p") },
                    { _ = try store.traces.latestDurations(inPipeline: "p") },
                    { _ = try store.catalog.artifacts() },
                    { _ = try store.catalog.runs() }, { _ = try store.catalog.stageRecords(ofStage: "s") },
                    { _ = try store.pins.all() },
                    { _ = try store.catalog.usage() }, { _ = try store.catalog.resolve("s.bytes") },
                    { _ = try store.maintenance.collect(CollectionPolicy(keepRuns: 0), dryRun: true) },
                    { try store.artifacts.export(bytes, to: target) },
                ] {
                    let code = storeErrorCode(look)
                    #expect(code == nil || code == .damaged || code == .missing)
                }
                if FileSystem.exists(target) {
                    #expect(try FileContents.read(target) == noise(200_000))
                    try FileSystem.removeFile(target)
                }
            }
            // Looking at all of it finds what is wrong, and puts it right or leaves it to the next run.
            let isHarmless = script.contains("parameters")
            #expect(try fixture.reopened().maintenance.verify().isSound == isHarmless)
            _ = try publish()
            let again = try fixture.reopened()
            #expect(try again.traces.trace(of: trace.key)?.outputs == trace.outputs)
            _ = try again.maintenance.collect(CollectionPolicy())
            let report = try again.maintenance.verify()
            #expect(report.isSound, "\(report)")
        }
    }

    @Test func aNegativeVersionIsDamage() throws {
        try withForgery { forgery in
            try forgery.connection.execute(script: "PRAGMA user_version = -3")
            for mode in [ArtifactStore.Mode.readWrite, .readOnly] {
                #expect(storeErrorCode { _ = try forgery.fixture.reopened(mode) } == .damaged)
            }
        }
    }

    @Test func triggersDoNotRun() throws {
        try withForgery { forgery in
            try forgery.connection.execute(
                script: "CREATE TRIGGER t AFTER INSERT ON object BEGIN UPDATE object SET size = 1; END")
            let store = try forgery.fixture.reopened()
            let artifact = try store.artifacts.capture(
                try forgery.fixture.file(Array("text".utf8)), shape: .file)
            let run = try store.runs.begin(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
            try store.runs.commit(
                [forgery.fixture.ran("s", forgery.fixture.trace(["x": artifact]))], run: run)
            #expect(try store.catalog.record(of: artifact.digest).artifact.size == 4)
        }
    }
}
