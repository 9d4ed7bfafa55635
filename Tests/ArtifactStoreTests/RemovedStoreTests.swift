import Dataflow
import Digests
import Dispatch
import Files
import StageSchemas
import TestSupport
import Testing

@testable import ArtifactStore

/// A store whose file is removed or replaced while a process has it open.
struct RemovedStoreTests {
    private static let suffixes = ["", "-wal", "-shm"]

    private func remove(_ store: ArtifactStore) throws {
        for suffix in Self.suffixes {
            let path = FilePath(store.path.text + suffix)
            if FileSystem.exists(path) { try FileSystem.removeFile(path) }
        }
    }

    @Test func nothingIsCommittedToAFileWithoutAName() throws {
        try withStore { fixture in
            let trace = try fixture.publish("s", ["y": noise(1_000)])
            try remove(fixture.store)
            let error = #expect(throws: StoreError.self) {
                try fixture.publish("s", ["y": noise(1_000, seed: 2)], parameters: ["v": 2])
            }
            #expect(error?.code == .failed)
            #expect(error?.message.contains("removed or replaced") == true)
            let digest = try #require(trace.outputs["y"]).digest
            #expect(throws: StoreError.self) { try fixture.store.pins.add(digest) }
            let again = try StoreFixture(fixture.folder)
            #expect(try again.store.traces.trace(of: trace.key) == nil)
            #expect(try again.store.catalog.runs().isEmpty)
        }
    }

    /// The second database is still there, and the new store has chunks in it with the numbers of the old one's.
    @Test func theBytesOfTheNextStoreAreUnchanged() throws {
        try withStore { fixture in
            let large = ChunkWriter.largeObject
            let first = try fixture.captured(["y": noise(large + 1_000, seed: 1)])
            fixture.store.parts.writing.sync {}
            try remove(fixture.store)
            let again = try StoreFixture(fixture.folder)
            let content = noise(4 * large, seed: 2)
            let trace = try again.publish("s", ["y": content], parameters: ["v": 2])
            // By the old store's numbers, these come after those of the first.
            let second = try fixture.captured(["y": noise(large + 1_000, seed: 3)], parameters: ["v": 3])
            fixture.store.parts.writing.sync {}
            for (stage, trace) in [("a", first), ("b", second)] {
                let code = storeErrorCode {
                    try fixture.store.runs.commit([fixture.ran(stage, trace)], run: RunID(1))
                }
                #expect(code != nil)
            }
            try again.evict()
            #expect(try again.store.maintenance.verify().isSound)
            #expect(try again.bytes(of: try #require(trace.outputs["y"]).digest) == content)
        }
    }
}
