import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import StageSchemas
import TestSupport
import Testing

@Suite struct InspectionTests {
    @Test func listsArtifactsWithTheirMakers() throws {
        try withStore { fixture in
            let first = try fixture.publish("a", ["x": noise(1000), "y": [1, 2]], parameters: ["v": 1])
            try fixture.publish("b[fold=0]", ["z": [3]], parameters: ["v": 2], pipeline: "q")
            let x = try #require(first.outputs["x"])
            try fixture.store.pins.add(x.digest, name: "good")
            let records = try fixture.store.catalog.artifacts()
            #expect(records.map(\.artifact.size).sorted() == [1, 2, 1000])
            let record = try #require(records.first { $0.artifact == x })
            #expect(record.pins == ["good"])
            #expect(record.storedSize == 1000)
            #expect(record.producers.map(\.output) == ["x"])
            #expect(record.producers.map(\.kind) == ["test"])
            #expect(record.producers.first?.stages == ["p:a"])
            #expect(record.producers.first?.key == first.key)
            #expect(record.used >= record.created - 1)
            #expect(try fixture.store.catalog.artifacts(ofPipeline: "q").map(\.artifact.size) == [1])
            #expect(try fixture.store.catalog.artifacts(stage: "b").map(\.artifact.size) == [1])
            #expect(try fixture.store.catalog.artifacts(ofPipeline: "p", stage: "b").isEmpty)
            #expect(try fixture.store.catalog.artifacts(limit: 1).map(\.artifact.size) == [1])
            #expect(try fixture.store.catalog.record(of: x.digest) == record)
            #expect(
                storeErrorCode { _ = try fixture.store.catalog.record(of: SHA256.digest(of: "no")) }
                    == .missing)
        }
    }

    @Test func resolvesWhatPeopleWrite() throws {
        try withStore { fixture in
            let older = try fixture.publish("a", ["x": [1], "y": [2]], parameters: ["v": 1])
            let one = try fixture.publish("only", ["z": [3]], parameters: ["v": 2])
            let matrix = try fixture.publish("m[rate=0.1,to=b:c]", ["z.csv": [4]], parameters: ["v": 3])
            let other = try fixture.publish("a", ["x": [5], "y": [6]], parameters: ["v": 4], pipeline: "q")
            let store = fixture.store
            #expect(try store.catalog.resolve("only") == one.outputs["z"])
            #expect(try store.catalog.resolve("only.z") == one.outputs["z"])
            #expect(try store.catalog.resolve("p:a.x") == older.outputs["x"])
            #expect(try store.catalog.resolve("a.x") == other.outputs["x"])
            #expect(try store.catalog.resolve("a.x", pipeline: "p") == older.outputs["x"])
            #expect(try store.catalog.resolve("m[rate=0.1,to=b:c].z.csv") == matrix.outputs["z.csv"])
            #expect(try store.catalog.resolve("m[rate=0.1,to=b:c]") == matrix.outputs["z.csv"])
            let digest = try #require(one.outputs["z"]).digest.hexadecimal
            #expect(try store.catalog.resolve(digest) == one.outputs["z"])
            #expect(try store.catalog.resolve(String(digest.prefix(12)).uppercased()) == one.outputs["z"])
            #expect(storeErrorCode { _ = try store.catalog.resolve("nothing") } == .missing)
            #expect(storeErrorCode { _ = try store.catalog.resolve("") } == .missing)
            let several = #expect(throws: StoreError.self) { _ = try store.catalog.resolve("a") }
            #expect(several?.message == "'a' has several outputs; name one of a.x, a.y")
            let unknown = #expect(throws: StoreError.self) { _ = try store.catalog.resolve("a.w") }
            #expect(unknown?.message == "'a' has no output 'w'. Its outputs: x, y.")
        }
    }

    @Test func sumsUp() throws {
        try withStore { fixture in
            let bytes = noise(100_000)
            try fixture.publish("a", ["x": bytes], parameters: ["v": 1])
            try fixture.publish("b", ["y": bytes], parameters: ["v": 2])
            try fixture.publish("c", ["z": [UInt8](repeating: 7, count: 50_000)], parameters: ["v": 3])
            let usage = try fixture.store.catalog.usage()
            #expect(usage.artifacts == 2)
            #expect(usage.logicalSize == 150_000)
            #expect(usage.uniqueSize == 150_000)
            #expect(usage.storedSize > 100_000)
            #expect(usage.storedSize < 101_000)
            #expect(usage.workSize == 150_000)
            #expect(usage.databaseSize > usage.storedSize)
            #expect(usage.kinds.map(\.name) == ["test"])
            #expect(usage.kinds.first?.artifacts == 2)
            #expect(usage.stages.map(\.name) == ["p:a", "p:b", "p:c"])
            #expect(usage.stages.map(\.size) == [100_000, 100_000, 50_000])
        }
    }

    @Test func pinsAreNamedOnce() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["x": [1], "y": [2]])
            let x = try #require(trace.outputs["x"]).digest
            let y = try #require(trace.outputs["y"]).digest
            try fixture.store.pins.add(x, name: "best")
            try fixture.store.pins.add(y, name: "best")
            try fixture.store.pins.add(x)
            #expect(try fixture.store.pins.all().map(\.name) == ["", "best"])
            #expect(try fixture.store.pins.all().map(\.digest) == [x, y])
            #expect(try fixture.store.pins.remove(from: x) == 1)
            #expect(try fixture.store.pins.remove(from: x) == 0)
            #expect(try fixture.store.pins.remove(named: "best"))
            #expect(try !fixture.store.pins.remove(named: "best"))
            #expect(try fixture.store.pins.all().isEmpty)
            #expect(storeErrorCode { try fixture.store.pins.add(SHA256.digest(of: "no")) } == .missing)
        }
    }

    @Test func runsAreListedNewestFirst() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["x": [1]])
            let run = try fixture.beginRun()
            let cached = StageResult(
                stage: StageID("a"), kind: "test", key: trace.key, disposition: .cached, trace: trace)
            try fixture.store.runs.commit([cached], run: run)
            var runs = try fixture.store.catalog.runs()
            #expect(runs.map(\.id.number) == [2, 1])
            #expect(runs.map(\.isRunning) == [true, false])
            #expect(runs[0].counts == [.cached: 1])
            #expect(runs[1].counts == [.ran: 1])
            #expect(runs[1].arguments == ["run", "p.yaml"])
            try fixture.store.runs.end(run, outcome: .failed)
            runs = try fixture.store.catalog.runs(ofPipeline: "p", limit: 1)
            #expect(runs.map(\.outcome) == [.failed])
            #expect(try fixture.store.catalog.runs(ofPipeline: "q").isEmpty)
            #expect(try fixture.store.catalog.stageRecords(ofStage: "a").map(\.seconds) == [2, 2])
        }
    }

    @Test func theViewsMakeSense() throws {
        try withStore { fixture in
            try fixture.publish("a", ["x": noise(1000)], parameters: ["seed": 7], log: "log")
            let connection = try Connection(path: fixture.store.path.text, mode: .readOnly)
            let stage = try connection.first(
                "SELECT pipeline, stage, kind, seconds, parameters FROM (\(query(ofView: "stages", connection)))"
            ) { row in (0..<5).map { row.text($0) } }
            #expect(stage == ["p", "a", "test", "2.0", "{\"seed\":7}"])
            let artifact = try connection.first(
                """
                SELECT shape, size, stored, kind, output, stages, used IS NOT NULL
                FROM (\(query(ofView: "artifacts", connection)))
                """
            ) { row in (0..<7).map { row.text($0) } }
            #expect(artifact == ["file", "1000", "1000", "test", "x", "p:a", "1"])
            let run = try connection.first(
                "SELECT run, pipeline, outcome, ran, cached, failed FROM (\(query(ofView: "runs", connection)))"
            ) { row in (0..<6).map { row.text($0) } }
            #expect(run == ["1", "p", "succeeded", "1", "0", "0"])
        }
    }

    /// What a view selects: Sluice's own connections use none.
    private func query(ofView name: String, _ connection: Connection) throws -> String {
        let sql = "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?"
        let text = try #require(try connection.first(sql, .text(name)) { $0.text("sql") ?? "" })
        let start = "CREATE VIEW \(name) AS"
        #expect(text.hasPrefix(start))
        return String(text.dropFirst(start.count))
    }
}
