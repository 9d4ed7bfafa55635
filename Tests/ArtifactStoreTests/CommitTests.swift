import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import StageSchemas
import TestSupport
import Testing

@Suite struct CommitTests {
    @Test(arguments: [
        KeyMaterial.Work.kind(
            name: "split", fingerprint: SHA256.digest(of: "code"),
            parameters: ["rate": 0.1, "list": [1, "two", .null], "deep": ["a": true]]),
        .command(
            KeyMaterial.Command(
                text: "echo \"ü\n\"", outputs: ["y": "y.txt"], code: [SHA256.digest(of: "code")],
                environment: ["LANG": "C", "UNSET": nil])),
    ])
    func aTraceRoundTrips(work: KeyMaterial.Work) throws {
        try withStore { fixture in
            let input = KeyMaterial.Element(
                coordinates: ["fold": 1, "name": "é"], digest: SHA256.digest(of: "in"))
            let material = KeyMaterial(
                work, inputs: ["x": [input, KeyMaterial.Element(digest: SHA256.digest(of: "second"))]])
            let output = try fixture.store.artifacts.capture(
                try fixture.file(Array("hello".utf8)), shape: .file)
            let log = try fixture.store.artifacts.capture(try fixture.file(Array("log".utf8)), shape: .file)
                .digest
            let trace = Trace(
                key: Key(material), material: material, outputs: ["y": output],
                metrics: ["log loss": 0.693, "rows": 3],
                cost: Cost(wallSeconds: 1.5, cpuSeconds: 0.25, peakMemory: 77), log: log)
            let run = try fixture.beginRun()
            try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)

            let found = try #require(try fixture.reopened().traces.trace(of: trace.key))
            #expect(found.key == trace.key)
            #expect(found.material == material)
            #expect(Key(found.material) == trace.key)
            #expect(found.outputs == trace.outputs)
            #expect(found.metrics == trace.metrics)
            #expect(found.cost == trace.cost)
            #expect(found.log == log)
            let quick = try #require(try fixture.store.traces.trace(of: trace.key, material))
            #expect(quick.material == material && quick.outputs == trace.outputs && quick.cost == trace.cost)
            #expect(quick.metrics == trace.metrics && quick.log == log && quick.key == trace.key)
            #expect(try fixture.store.traces.latest(ofStage: StageID("s"), inPipeline: "p")?.key == trace.key)
            #expect(try fixture.store.traces.latestDurations(inPipeline: "p") == ["s": 1.5])
            #expect(try fixture.store.traces.latest(ofStage: StageID("s"), inPipeline: "q") == nil)
        }
    }

    @Test func lookupsInOneGoSeeOneMoment() throws {
        try withStore { fixture in
            let old = try fixture.publish("old", ["y": Array("one".utf8)], parameters: ["v": 1])
            let new = try fixture.captured(["y": Array("two".utf8)], parameters: ["v": 2])
            let run = try fixture.beginRun()
            try fixture.store.lookingUp {
                #expect(try fixture.store.traces.trace(of: old.key, old.material) != nil)
                // Writing continues meanwhile, and is seen afterwards.
                try fixture.store.runs.commit([fixture.ran("new", new)], run: run)
                #expect(try fixture.store.traces.trace(of: new.key, new.material) == nil)
            }
            #expect(try fixture.store.traces.trace(of: new.key, new.material) != nil)
            struct Failure: Error {}
            #expect(throws: Failure.self) { try fixture.store.lookingUp { throw Failure() } }
            #expect(try fixture.store.lookingUp { try fixture.store.traces.trace(of: old.key) } != nil)
        }
    }

    @Test func aCapturedOutputIsReadableBeforeItIsDurable() throws {
        try withStore { fixture in
            let bytes = noise(100_000)
            let path = try fixture.file(bytes)
            let artifact = try fixture.store.artifacts.capture(path, shape: .file)
            #expect(artifact == Artifact(digest: SHA256.digest(of: bytes), shape: .file, size: 100_000))
            #expect(!FileSystem.exists(path))
            #expect(try fixture.bytes(of: artifact.digest) == bytes)
            #expect(try fixture.store.artifacts.holds(artifact.digest) == false)
        }
    }

    @Test(arguments: [0, 1, 16_384, 65_536, 300_000, 5_000_000])
    func contentSurvivesWithoutThePlainCopies(size: Int) throws {
        try withStore { fixture in
            let random = noise(size, seed: UInt64(size))
            let text = [UInt8]((0..<size).map { UInt8(truncatingIfNeeded: $0 / 100) })
            let trace = try fixture.publish("s", ["random": random, "text": text])
            try FileSystem.removeTree(fixture.folder.appending("work"))
            let store = try fixture.reopened()
            #expect(
                try fixture.bytes(of: try #require(trace.outputs["random"]).digest, from: store) == random)
            #expect(try fixture.bytes(of: try #require(trace.outputs["text"]).digest, from: store) == text)
        }
    }

    @Test func anEditStoresLittleMore() throws {
        try withStore { fixture in
            var bytes = noise(8_000_000)
            try fixture.publish("s", ["y": bytes], parameters: ["v": 1])
            let before = try fixture.store.catalog.usage().storedSize
            bytes.replaceSubrange(1_000_000..<1_080_000, with: noise(80_000, seed: 9))
            bytes.insert(contentsOf: Array("inserted".utf8), at: 5_000_000)
            let trace = try fixture.publish("s", ["y": bytes], parameters: ["v": 2])
            let added = try fixture.store.catalog.usage().storedSize - before
            // Two places, each with at most two chunks of 256 KiB around it.
            #expect(added < 700_000)
            #expect(added >= 80_000)
            try fixture.evict()
            #expect(try fixture.bytes(of: try #require(trace.outputs["y"]).digest) == bytes)
        }
    }

    @Test func equalContentIsStoredOnce() throws {
        try withStore { fixture in
            let bytes = noise(500_000)
            try fixture.publish("a", ["y": bytes], parameters: ["v": 1])
            let before = try fixture.store.catalog.usage().storedSize
            try fixture.publish("b", ["y": bytes, "z": bytes], parameters: ["v": 2])
            #expect(try fixture.store.catalog.usage().storedSize == before)
            #expect(try fixture.store.catalog.artifacts().count == 1)
        }
    }

    @Test func aFailureKeepsItsLogAndNoTrace() throws {
        try withStore { fixture in
            let log = try fixture.store.artifacts.capture(try fixture.file(Array("boom".utf8)), shape: .file)
                .digest
            let key = Key(KeyMaterial(.command(KeyMaterial.Command(text: "test"))))
            let run = try fixture.beginRun()
            let result = StageResult(
                stage: StageID("s"), kind: "test", key: key, disposition: .failed, reasons: [.forced],
                message: "exit status 1", failureLog: log)
            try fixture.store.runs.commit([result], run: run)
            let record = try #require(try fixture.reopened().catalog.stageRecords(ofStage: "s").first)
            #expect(record.log == log)
            #expect(record.message == "exit status 1")
            #expect(record.reasons == [.forced])
            #expect(record.disposition == .failed)
            #expect(try fixture.store.traces.trace(of: key) == nil)
            #expect(try fixture.store.catalog.bytes(of: log, limit: 100) == Array("boom".utf8))
        }
    }

    @Test func anUncapturedOutputIsRefusedAndNothingIsRecorded() throws {
        try withStore { fixture in
            let missing = Artifact(digest: SHA256.digest(of: "nowhere"), shape: .file, size: 7)
            let bad = fixture.trace(["y": missing])
            let run = try fixture.beginRun()
            #expect(
                storeErrorCode { try fixture.store.runs.commit([fixture.ran("s", bad)], run: run) }
                    == .missing)
            #expect(try fixture.store.traces.trace(of: bad.key) == nil)
            #expect(try fixture.store.catalog.stageRecords(ofStage: "s").isEmpty)
        }
    }

    @Test func anAbandonedWriteLeavesNothingButChunks() throws {
        try withStore { fixture in
            let trace = try fixture.captured(["y": noise(2_000_000)])
            let run = try fixture.beginRun()
            // A table is missing, so that the last transaction fails after the chunks were written.
            let other = try Connection(path: fixture.store.path.text)
            try other.execute(script: "ALTER TABLE trace_output RENAME TO away")
            #expect(throws: StoreError.self) {
                try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
            }
            try other.execute(script: "ALTER TABLE away RENAME TO trace_output")
            let store = try fixture.reopened()
            #expect(try store.traces.trace(of: trace.key) == nil)
            #expect(try store.catalog.usage().storedSize > 1_900_000)
            #expect(try store.maintenance.verify().isSound)
            // The same process tries again and has it all.
            try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
            #expect(try store.traces.trace(of: trace.key) != nil)
        }
    }

    @Test func recomputingReplacesTheTrace() throws {
        try withStore { fixture in
            try fixture.publish("s", ["y": Array("one".utf8)])
            let second = try fixture.publish("s", ["y": Array("two".utf8)])
            #expect(try fixture.store.traces.trace(of: second.key)?.outputs == second.outputs)
            #expect(
                try fixture.store.traces.latest(ofStage: StageID("s"), inPipeline: "p")?.outputs
                    == second.outputs)
        }
    }
}
