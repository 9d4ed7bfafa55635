import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import StageSchemas
import TestSupport
import Testing

@Suite struct VerificationTests {
    /// Flips one bit of the database file, in the middle of bytes that occur in it once.
    private func flip(_ bytes: ArraySlice<UInt8>, in fixture: StoreFixture) throws {
        let connection = try Connection(path: fixture.store.path.text)
        try connection.forEachRow("PRAGMA wal_checkpoint(TRUNCATE)") { _ in }
        var content = try FileContents.read(fixture.store.path)
        let pattern = Array(bytes)
        let first = try #require(pattern.first)
        let position = try #require(
            content.indices.first { index in
                content[index] == first && content[index...].starts(with: pattern)
            })
        content[position + pattern.count / 2] ^= 0x10
        let file = try File(fixture.store.path, .writing)
        try file.write(content)
    }

    @Test func aSoundStoreIsSound() throws {
        try withStore { fixture in
            try fixture.publish("a", ["y": noise(300_000)], log: "log")
            let report = try fixture.store.maintenance.verify()
            #expect(report.isSound)
            #expect(report.chunks >= 4)
            #expect(report.bytes > 300_000)
        }
    }

    @Test func aFlippedBitIsFoundAndTheNextRunRecomputes() throws {
        try withStore { fixture in
            let bytes = noise(500_000)
            let other = try fixture.publish("other", ["y": noise(1000, seed: 3)], parameters: ["v": 2])
            let trace = try fixture.publish("hurt", ["y": bytes], parameters: ["v": 1])
            let digest = try #require(trace.outputs["y"]).digest
            try flip(bytes[250_000..<250_032], in: fixture)
            try fixture.evict()

            let store = try fixture.reopened()
            let report = try store.maintenance.verify()
            #expect(!report.isSound)
            #expect(report.damagedChunks == 1)
            #expect(report.structure.isEmpty)
            #expect(report.damaged.map(\.artifact.digest) == [digest])
            #expect(report.damaged.first?.producers.first?.stages == ["p:hurt"])
            #expect(try store.traces.trace(of: trace.key) == nil)
            #expect(try store.traces.trace(of: trace.key, trace.material) == nil)
            #expect(try store.traces.trace(of: other.key) != nil)
            #expect(try store.artifacts.holds(digest) == false)
            // It stays known until the work is done again.
            #expect(try fixture.reopened().maintenance.verify().damaged.count == 1)

            let again = try StoreFixture(fixture.folder)
            try again.publish("hurt", ["y": bytes], parameters: ["v": 1])
            try again.evict()
            #expect(try again.store.traces.trace(of: trace.key)?.outputs == trace.outputs)
            #expect(try again.bytes(of: digest) == bytes)
            _ = try again.store.maintenance.collect(CollectionPolicy())
            #expect(try again.store.maintenance.verify().isSound)
        }
    }

    @Test func readingFindsItToo() throws {
        try withStore { fixture in
            let bytes = noise(300_000)
            let trace = try fixture.publish("hurt", ["y": bytes])
            let digest = try #require(trace.outputs["y"]).digest
            try flip(bytes[100_000..<100_032], in: fixture)
            try fixture.evict()
            let store = try fixture.reopened()
            let error = #expect(throws: StoreError.self) { _ = try fixture.bytes(of: digest, from: store) }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains(digest.abbreviated) == true)
            #expect(error?.message.contains("Run again") == true)
            #expect(try store.traces.trace(of: trace.key) == nil)
            // No partial files are left.
            #expect(
                try FileSystem.names(
                    in: fixture.folder.appending("work/objects/\(digest.hexadecimal.prefix(2))")
                )
                .isEmpty)
        }
    }

    @Test func aDamagedPartDamagesTheTreesAboveIt() throws {
        try withStore { fixture in
            let bytes = noise(50_000)
            let tree = fixture.folder.appending("attempt/t")
            try FileSystem.makeDirectories(tree.appending("deep"))
            try FileContents.write(bytes, to: tree.appending("deep/data"))
            let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
            let trace = fixture.trace(["t": artifact])
            let run = try fixture.beginRun()
            try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
            try flip(bytes[20_000..<20_032], in: fixture)
            let store = try fixture.reopened()
            let report = try store.maintenance.verify()
            #expect(report.damagedChunks == 1)
            #expect(report.damaged.count == 3)
            #expect(try store.traces.trace(of: trace.key) == nil)
        }
    }

    @Test func aDamagedPageGivesAClearMessage() throws {
        try withStore { fixture in
            for number in 0..<300 {
                try fixture.publish("s\(number)", ["y": noise(300)], parameters: ["v": .integer(number)])
            }
            let connection = try Connection(path: fixture.store.path.text)
            try connection.forEachRow("PRAGMA wal_checkpoint(TRUNCATE)") { _ in }
            let page = try #require(
                try connection.first("SELECT rootpage FROM sqlite_schema WHERE name = 'trace'") {
                    $0.integer(0)
                })
            var content = try FileContents.read(fixture.store.path)
            let start = (page - 1) * 16_384
            content.replaceSubrange(start..<(start + 16_384), with: [UInt8](repeating: 0x5A, count: 16_384))
            let file = try File(fixture.store.path, .writing)
            try file.write(content)

            let error = #expect(throws: StoreError.self) {
                let store = try fixture.reopened()
                for number in 0..<300 {
                    _ = try store.traces.latest(ofStage: "s\(number)", inPipeline: "p")
                }
            }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("is damaged") == true)
            #expect(error?.message.contains("sluice cache verify") == true)
        }
    }
}
