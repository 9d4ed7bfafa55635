import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import StageSchemas
import TestSupport
import Testing

@Suite struct CollectionTests {
    /// Results of one stage with parameters 0..<count, each of 100 kB of unshared content, made a day apart, the last one now.
    private func publishDaily(_ count: Int, _ fixture: StoreFixture) throws -> [Trace] {
        try (0..<count).map { number in
            let trace = try fixture.publish(
                "s", ["y": noise(100_000, seed: UInt64(number + 1))], parameters: ["v": .integer(number)],
                log: "log \(number)")
            let age = Double(count - 1 - number) * 86_400
            let connection = try Connection(path: fixture.store.path.text)
            try connection.run(
                "UPDATE run SET started = started - ? WHERE id = ?", .real(age), .integer(number + 1))
            try connection.run(
                "UPDATE trace SET created = created - ? WHERE key = ?", .real(age),
                .blob(trace.key.digest.bytes))
            return trace
        }
    }

    private func found(_ traces: [Trace], in store: ArtifactStore) throws -> [Bool] {
        try traces.map { try store.traces.trace(of: $0.key) != nil }
    }

    @Test func keepsTheLastRunsAndFreesTheRest() throws {
        try withStore { fixture in
            let traces = try publishDaily(5, fixture)
            let before = try fixture.store.catalog.usage()
            let preview = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 2), dryRun: true)
            #expect(try found(traces, in: fixture.store) == [true, true, true, true, true])
            let report = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 2))
            #expect(report == preview)
            #expect(try found(traces, in: fixture.store) == [false, false, false, true, true])
            #expect(report.items.count == 3)
            #expect(report.items.first?.stages == ["p:s"])
            #expect(report.items.first?.outputs["y"] == traces[0].outputs["y"]?.digest)
            #expect(report.items.allSatisfy { $0.size == 100_000 && $0.freed >= 100_000 })
            #expect(report.kept == 2)
            // Outputs and logs.
            #expect(report.objects == 6)
            #expect(report.freedWork >= 300_000)
            let after = try fixture.store.catalog.usage()
            #expect(after.storedSize == before.storedSize - report.freed)
            #expect(after.storedSize == report.remaining)
            #expect(after.freeSize == 0)
            #expect(after.databaseSize < before.databaseSize)
            #expect(try fixture.store.maintenance.verify().isSound)
            let kept = try #require(traces[4].outputs["y"]).digest
            try fixture.evict()
            #expect(try fixture.bytes(of: kept) == noise(100_000, seed: 5))
            #expect(try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 2)).items.isEmpty)
        }
    }

    @Test func byAge() throws {
        try withStore { fixture in
            let traces = try publishDaily(5, fixture)
            let policy = CollectionPolicy(keepRuns: 0, unusedFor: 2.5 * 86_400)
            let report = try fixture.store.maintenance.collect(policy)
            #expect(try found(traces, in: fixture.store) == [false, false, true, true, true])
            #expect(report.items.map(\.used) == report.items.map(\.used).sorted())
        }
    }

    @Test func aResultThatARunFoundAgainIsYoung() throws {
        try withStore { fixture in
            let traces = try publishDaily(3, fixture)
            let run = try fixture.beginRun()
            let again = StageResult(
                stage: StageID("s"), kind: "test", key: traces[0].key, disposition: .cached, trace: traces[0])
            try fixture.store.runs.commit([again], run: run)
            try fixture.store.runs.end(run, outcome: .succeeded)
            _ = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 0, unusedFor: 86_400 / 2))
            #expect(try found(traces, in: fixture.store) == [true, false, true])
        }
    }

    @Test func bySize() throws {
        try withStore { fixture in
            let traces = try publishDaily(5, fixture)
            let report = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 1, toSize: 250_000))
            #expect(try found(traces, in: fixture.store) == [false, false, false, true, true])
            #expect(report.remaining <= 250_000)
            // The last run stays however small the store should be.
            _ = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 1, toSize: 0))
            #expect(try found(traces, in: fixture.store) == [false, false, false, false, true])
        }
    }

    @Test func pinsStay() throws {
        try withStore { fixture in
            let traces = try publishDaily(4, fixture)
            let pinned = try #require(traces[1].outputs["y"]).digest
            try fixture.store.pins.add(pinned, name: "baseline")
            _ = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 0))
            #expect(try found(traces, in: fixture.store) == [false, true, false, false])
            try fixture.store.pins.remove(from: pinned)
            _ = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 0))
            #expect(try fixture.store.catalog.artifacts().isEmpty)
            #expect(try fixture.store.catalog.usage().storedSize == 0)
        }
    }

    @Test func sharedContentStaysAsLongAsOneHasIt() throws {
        try withStore { fixture in
            let bytes = noise(300_000)
            try fixture.publish("old", ["y": bytes], parameters: ["v": 1])
            let kept = try fixture.publish("new", ["y": bytes + [1]], parameters: ["v": 2])
            let report = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 1))
            #expect(report.items.count == 1)
            // Only the last chunk, where the two differ.
            #expect(try #require(report.items.first).freed < 300_000)
            try fixture.evict()
            #expect(try fixture.bytes(of: try #require(kept.outputs["y"]).digest) == bytes + [1])
        }
    }

    @Test func partsOfTreesAreCounted() throws {
        try withStore { fixture in
            func publishTree(_ number: Int) throws -> (Trace, Artifact) {
                let tree = fixture.folder.appending("attempt/t")
                try FileSystem.makeDirectories(tree.appending("shared"))
                try FileContents.write(noise(50_000), to: tree.appending("shared/data"))
                try FileContents.write(noise(50_000, seed: UInt64(number)), to: tree.appending("own"))
                let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
                let trace = fixture.trace(["t": artifact], parameters: ["v": .integer(number)])
                let run = try fixture.beginRun()
                try fixture.store.runs.commit([fixture.ran("t", trace)], run: run)
                try fixture.store.runs.end(run, outcome: .succeeded)
                return (trace, artifact)
            }
            _ = try publishTree(7)
            let (_, kept) = try publishTree(8)
            let report = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 1))
            // The manifest and the unshared file; the shared folder and its file stay.
            #expect(report.objects == 2)
            try fixture.evict()
            let target = fixture.folder.appending("target")
            try fixture.store.artifacts.materialize(kept.digest, at: target)
            #expect(try FileContents.read(target.appending("shared/data")) == noise(50_000))
            #expect(try fixture.store.maintenance.verify().isSound)
        }
    }

    @Test func nothingIsFreedWhileARunIsUnderWay() throws {
        try withStore { fixture in
            let traces = try publishDaily(3, fixture)
            let run = try fixture.beginRun()
            let uncommitted = try fixture.captured(["y": noise(1000, seed: 77)], parameters: ["v": 77])
            let report = try fixture.reopened().maintenance.collect(CollectionPolicy(keepRuns: 0))
            #expect(report.activeRuns.count == 1)
            #expect(report.activeRuns.first?.contains("run 4 of p") == true)
            #expect(try found(traces, in: fixture.store) == [true, true, true])
            try fixture.store.runs.commit([fixture.ran("u", uncommitted)], run: run)
            try fixture.store.runs.end(run, outcome: .succeeded)
            #expect(try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 1)).items.count == 3)
            #expect(try fixture.store.traces.trace(of: uncommitted.key) != nil)
        }
    }

    @Test func aKilledRunIsNotActiveAndItsLeftoversAreRemoved() throws {
        try withStore { fixture in
            _ = try fixture.beginRun()
            let connection = try Connection(path: fixture.store.path.text)
            // A process without a held lock.
            try connection.run(
                "UPDATE run SET process = substr(process, 1, length(process) - 16) || '0123456789abcdef'")
            try connection.run("INSERT INTO chunk (digest, codec, size, stored) VALUES (x'00', 0, 3, 3)")
            try connection.run(
                "INSERT INTO chunk_bytes (chunk, bytes) VALUES (last_insert_rowid(), x'010203')")
            let leftover = fixture.folder.appending("work/objects/ab/\(String(repeating: "ab", count: 32))")
            try write("leftover", to: leftover)
            try write("half", to: FilePath(leftover.text + ".1-1.part"))
            let report = try fixture.store.maintenance.collect(CollectionPolicy())
            #expect(report.activeRuns.isEmpty)
            #expect(report.chunks == 1)
            #expect(report.freed == 3)
            #expect(report.freedWork == 12)
            #expect(!FileSystem.exists(leftover))
            #expect(try fixture.store.catalog.usage().storedSize == 0)
        }
    }

    @Test func theWorkFolderIsTrimmedOldestFirst() throws {
        try withStore { fixture in
            let traces = try publishDaily(4, fixture)
            let uncommitted = try fixture.captured(["y": noise(100_000, seed: 99)], parameters: ["v": 99])
            // Used just now.
            _ = try fixture.bytes(of: try #require(traces[0].outputs["y"]).digest)
            // Who has added nothing does not look.
            #expect(try fixture.reopened().maintenance.trimCopies(to: 0) == 0)
            let removed = try fixture.store.maintenance.trimCopies(to: 200_000)
            #expect(removed >= 300_000)
            func hasCopy(_ trace: Trace) throws -> Bool {
                let digest = try #require(trace.outputs["y"]).digest.hexadecimal
                return FileSystem.exists(
                    fixture.folder.appending("work/objects/\(digest.prefix(2))/\(digest)"))
            }
            #expect(try hasCopy(traces[0]))
            #expect(try !hasCopy(traces[1]))
            #expect(try hasCopy(uncommitted))
            _ = try fixture.store.maintenance.trimCopies(to: 0)
            #expect(try !hasCopy(traces[0]))
            #expect(try hasCopy(uncommitted))
        }
    }
}
