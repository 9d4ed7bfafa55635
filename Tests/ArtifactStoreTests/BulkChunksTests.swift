import Dataflow
import Digests
import Dispatch
import Files
import SQLite
import StageSchemas
import TestSupport
import Testing

@testable import ArtifactStore

/// Large artifacts, whose bytes are in the second database.
@Suite struct BulkChunksTests {
    private static let size = ChunkWriter.largeObject + 1_000_000
    private static let content = noise(size)

    private func count(_ sql: String, in path: FilePath) throws -> Int {
        try Connection(path: path.text).first(sql) { $0.integer(0) } ?? -1
    }

    private func chunksBeside(_ fixture: StoreFixture) throws -> (named: Int, stored: Int) {
        (
            try count("SELECT count(*) FROM chunk WHERE beside = 1", in: fixture.store.path),
            try count("SELECT count(*) FROM chunk_bytes", in: FilePath(fixture.store.path.text + "-chunks"))
        )
    }

    @Test func largeContentIsInTheSecondDatabaseAndSurvivesWithoutPlainCopies() throws {
        try withStore { fixture in
            let small = noise(1_000_000, seed: 2)
            let trace = try fixture.publish("s", ["large": Self.content, "small": small])
            let chunks = try chunksBeside(fixture)
            #expect(chunks.named == chunks.stored && chunks.named > 30)
            #expect(
                try count("SELECT sum(stored) FROM chunk WHERE beside = 1", in: fixture.store.path)
                    == Self.size
            )
            #expect(try count("SELECT sum(length(bytes)) FROM chunk_bytes", in: fixture.store.path) > 900_000)
            #expect(
                try count("SELECT sum(length(bytes)) FROM chunk_bytes", in: fixture.store.path) < 1_100_000)
            try fixture.evict()
            let large = try #require(trace.outputs["large"]).digest
            #expect(try fixture.bytes(of: large, from: fixture.reopened(.readOnly)) == Self.content)
            #expect(try fixture.bytes(of: try #require(trace.outputs["small"]).digest) == small)
            let usage = try fixture.store.catalog.usage()
            #expect(usage.storedSize >= Self.size && usage.databaseSize > usage.storedSize)
            #expect(try fixture.store.maintenance.verify().isSound)
        }
    }

    /// Five blocks, of which a part is there twice.
    @Test func manyBlocksAreOneArtifact() throws {
        try withStore { fixture in
            let half = noise(2 * ChunkWriter.largeObject, seed: 11)
            let content = half + half + noise(1_000_000, seed: 12)
            let trace = try fixture.publish("s", ["y": content])
            try fixture.evict()
            let bytes = try fixture.bytes(
                of: try #require(trace.outputs["y"]).digest, from: fixture.reopened())
            #expect(bytes == content)
            let stored = try fixture.store.catalog.usage().storedSize
            #expect(stored > half.count && stored < half.count + 2_000_000)
        }
    }

    @Test func equalContentIsStoredOnce() throws {
        try withStore { fixture in
            try fixture.publish("a", ["y": Self.content], parameters: ["v": 1])
            let before = try chunksBeside(fixture)
            try fixture.publish("b", ["y": Self.content], parameters: ["v": 2])
            // Another store's process knows the chunks, too.
            try StoreFixture(fixture.folder).publish("c", ["y": Self.content + [1]], parameters: ["v": 3])
            let after = try chunksBeside(fixture)
            #expect(after.named == after.stored && after.named <= before.named + 2)
        }
    }

    @Test func anAbandonedCaptureLeavesChunksThatAreCollected() throws {
        try withStore { fixture in
            _ = try fixture.captured(["y": Self.content])
            fixture.store.parts.writing.sync {}
            #expect(try chunksBeside(fixture).stored > 30)
            #expect(try fixture.store.maintenance.verify().isSound)
            _ = try fixture.store.maintenance.collect(CollectionPolicy())
            #expect(try chunksBeside(fixture) == (0, 0))
            #expect(try FileStatus(of: FilePath(fixture.store.path.text + "-chunks")).size < 200_000)
        }
    }

    /// The second attempt to commit writes the bytes that the first found missing.
    @Test func chunksThatAreGoneBeforeTheCommitAreWrittenAgain() throws {
        try withStore { fixture in
            let trace = try fixture.captured(["y": Self.content])
            fixture.store.parts.writing.sync {}
            try Connection(path: fixture.store.path.text).run("DELETE FROM chunk")
            let run = try fixture.beginRun()
            #expect(throws: StoreError.self) {
                try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
            }
            try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
            try fixture.evict()
            #expect(try fixture.bytes(of: try #require(trace.outputs["y"]).digest) == Self.content)
            #expect(try fixture.store.maintenance.verify().isSound)
        }
    }

    /// A crash between the two databases' commits: the bytes are there, but nothing refers to them.
    @Test func bytesThatACrashHasLeftAreReplaced() throws {
        try withStore { fixture in
            try fixture.publish("a", ["y": Self.content])
            let next = try count(
                "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'chunk'", in: fixture.store.path)
            let beside = try Connection(path: FilePath(fixture.store.path.text + "-chunks").text)
            try beside.run(
                "INSERT INTO chunk_bytes VALUES (?, x'00'), (?, x'01')", .integer(next), .integer(next + 1))
            let other = noise(Self.size, seed: 5)
            let trace = try fixture.publish("b", ["y": other], parameters: ["v": 2])
            try fixture.evict()
            #expect(try fixture.bytes(of: try #require(trace.outputs["y"]).digest) == other)
            let chunks = try chunksBeside(fixture)
            #expect(chunks.named == chunks.stored)
        }
    }

    @Test func collectionFreesTheFile() throws {
        try withStore { fixture in
            try fixture.publish("s", ["y": Self.content], parameters: ["v": 1])
            let kept = try fixture.publish("s", ["y": noise(Self.size, seed: 7)], parameters: ["v": 2])
            let before = try FileStatus(of: FilePath(fixture.store.path.text + "-chunks")).size
            var policy = CollectionPolicy()
            policy.keepRuns = 1
            let report = try fixture.store.maintenance.collect(policy)
            #expect(report.freed == Self.size)
            let after = try FileStatus(of: FilePath(fixture.store.path.text + "-chunks")).size
            #expect(before - after > Self.size * 9 / 10)
            #expect(try fixture.store.catalog.usage().freeSize < 1_000_000)
            try fixture.evict()
            #expect(try fixture.bytes(of: try #require(kept.outputs["y"]).digest).count == Self.size)
            #expect(try fixture.store.maintenance.verify().isSound)
        }
    }

    /// A crash between the two steps of a collection: the names are gone, the bytes not yet.
    @Test func aChunkWithoutANameIsNeverUsedAgain() throws {
        try withStore { fixture in
            _ = try fixture.captured(["y": Self.content])
            fixture.store.parts.writing.sync {}
            try Connection(path: fixture.store.path.text).run("UPDATE chunk SET digest = NULL")
            try Connection(path: FilePath(fixture.store.path.text + "-chunks").text).run(
                "DELETE FROM chunk_bytes WHERE chunk % 2 = 0")
            let fresh = try StoreFixture(fixture.folder)
            let trace = try fresh.publish("s", ["y": Self.content])
            try fixture.evict()
            #expect(try fresh.bytes(of: try #require(trace.outputs["y"]).digest) == Self.content)
            #expect(try fresh.store.maintenance.verify().isSound)
            _ = try fresh.store.maintenance.collect(CollectionPolicy(keepRuns: 1))
            let chunks = try chunksBeside(fixture)
            #expect(chunks.named == chunks.stored)
        }
    }

    @Test func aFlippedBitIsFoundAndARemovedFileIsMadeAnew() throws {
        try withStore { fixture in
            let trace = try fixture.publish("s", ["y": Self.content])
            let digest = try #require(trace.outputs["y"]).digest
            let beside = try Connection(path: FilePath(fixture.store.path.text + "-chunks").text)
            try beside.run(
                """
                UPDATE chunk_bytes SET bytes = CAST(substr(bytes, 1, 99) || x'07' || substr(bytes, 101) AS BLOB)
                WHERE chunk = (SELECT max(chunk) FROM chunk_bytes)
                """)
            let report = try fixture.store.maintenance.verify()
            #expect(report.damagedChunks == 1 && report.damaged.map(\.artifact.digest) == [digest])
            try FileSystem.removeFile(FilePath(fixture.store.path.text + "-chunks"))
            try fixture.evict()
            let again = try StoreFixture(fixture.folder)
            #expect(
                storeErrorCode { _ = try again.bytes(of: digest) } == .damaged)
            try again.publish("s", ["y": Self.content])
            try again.evict()
            #expect(try again.bytes(of: digest) == Self.content)
            _ = try again.store.maintenance.collect(CollectionPolicy(keepRuns: 1))
            #expect(try again.store.maintenance.verify().isSound)
        }
    }

    /// The next run must not rely on what it finds in the first database alone.
    @Test func contentOfARemovedFileIsMarkedWhenTheStoreIsOpened() throws {
        try withStore { fixture in
            let trace = try fixture.publish("s", ["y": Self.content, "small": noise(1_000, seed: 5)])
            let digest = try #require(trace.outputs["y"]).digest
            try FileSystem.removeFile(FilePath(fixture.store.path.text + "-chunks"))
            #expect(try fixture.reopened(.readOnly).catalog.damagedArtifacts().isEmpty)
            let again = try StoreFixture(fixture.folder)
            #expect(try again.store.catalog.damagedArtifacts().map(\.artifact.digest) == [digest])
            try again.publish("s", ["y": Self.content, "small": noise(1_000, seed: 5)])
            #expect(try again.store.maintenance.verify().isSound)
            try again.evict()
            #expect(try again.bytes(of: digest) == Self.content)
        }
    }

    /// Its chunks would be in a file without a name, and the first database would refer to them.
    @Test func aFileRemovedDuringARunFailsTheCommitAndTheNextRunIsRight() throws {
        try withStore { fixture in
            let first = try fixture.publish("s", ["y": Self.content])
            try FileSystem.removeFile(FilePath(fixture.store.path.text + "-chunks"))
            // The store is still open, and has the file open.
            let more = Self.content + noise(Self.size, seed: 6)
            #expect(storeErrorCode { try fixture.publish("s", ["y": more], parameters: ["v": 2]) } == .failed)
            let again = try StoreFixture(fixture.folder)
            let trace = try again.publish("s", ["y": more], parameters: ["v": 2])
            // Nothing but what the first run had.
            let lost = try #require(first.outputs["y"]).digest
            #expect(try again.store.maintenance.verify().damaged.map(\.artifact.digest) == [lost])
            try again.publish("s", ["y": Self.content])
            #expect(try again.store.maintenance.verify().isSound)
            try again.evict()
            #expect(try again.bytes(of: try #require(trace.outputs["y"]).digest) == more)
        }
    }

    @Test func aDamagedFileSaysWhatToDo() throws {
        try withStore { fixture in
            let trace = try fixture.publish("s", ["y": Self.content])
            try fixture.evict()
            try FileContents.write(noise(100_000, seed: 3), to: FilePath(fixture.store.path.text + "-chunks"))
            let store = try fixture.reopened()
            let error = #expect(throws: StoreError.self) {
                _ = try fixture.bytes(of: try #require(trace.outputs["y"]).digest, from: store)
            }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("store.sqlite-chunks") == true)
            #expect(error?.message.contains("Remove it") == true)
        }
    }

    @Test func aNewerFileIsLeftAlone() throws {
        try withStore { fixture in
            try fixture.publish("s", ["y": Self.content])
            try Connection(path: FilePath(fixture.store.path.text + "-chunks").text).execute(
                script: "PRAGMA user_version = 9")
            let fresh = try StoreFixture(fixture.folder)
            let code = storeErrorCode {
                try fresh.publish("s", ["y": noise(Self.size, seed: 4)], parameters: ["v": 2])
            }
            #expect(code == .newerSchema)
        }
    }
}
