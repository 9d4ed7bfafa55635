import ArtifactStore
import Dataflow
import Digests
import Files
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Remotes

/// Uploads of several packs at a time.
@Suite struct UploadTests {
    /// A folder that refuses the first pack at once and takes its time for the others.
    private final class UnreliableStorage: RemoteStorage {
        let inner: FolderStorage
        private let counts = Mutex((begun: 0, ended: 0))
        var begun: Int { counts.withLock { $0.begun } }
        var ended: Int { counts.withLock { $0.ended } }

        init(_ root: FilePath) { inner = FolderStorage(root, address: "file://\(root)") }

        var address: String { inner.address }
        var activity: RemoteActivity { inner.activity }

        func write(_ objects: [RemoteWrite]) -> [Result<Void, RemoteError>] {
            guard objects.contains(where: { $0.name.hasPrefix("packs/") }) else {
                return inner.write(objects)
            }
            let isFirst = counts.withLock { counts in
                counts.begun += 1
                return counts.begun == 1
            }
            defer { counts.withLock { $0.ended += 1 } }
            guard !isFirst else { return objects.map { _ in .failure(RemoteError(.denied, "no")) } }
            usleep(300_000)
            return inner.write(objects)
        }

        func prepare() throws(RemoteError) { try inner.prepare() }
        func read(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>] { inner.read(requests) }
        func sizes(of names: [String]) -> [Result<Int?, RemoteError>] { inner.sizes(of: names) }
        func update(
            _ names: [String], limit: Int, _ transform: @Sendable (Int, [UInt8]?) -> [UInt8]?
        ) -> [Result<Void, RemoteError>] { inner.update(names, limit: limit, transform) }
        func list(_ folder: String, _ body: (RemoteEntry) throws -> Void) throws {
            try inner.list(folder, body)
        }
        func remove(_ names: [String]) -> [Result<Void, RemoteError>] { inner.remove(names) }
    }

    private func result(_ content: [UInt8], in store: ArtifactStore, _ folder: FilePath) throws
        -> OutgoingResult
    {
        let path = folder.appending("content")
        try FileContents.write(content, to: path)
        let output = try store.artifacts.capture(path, shape: .file)
        let material = KeyMaterial(.command(KeyMaterial.Command(text: "x")))
        let trace = Trace(
            key: Key(material), material: material, outputs: ["o": output],
            cost: Cost(wallSeconds: 1, cpuSeconds: 1, peakMemory: 1))
        let run = try store.runs.begin(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
        try store.runs.commit(
            [
                StageResult(
                    stage: StageID("s"), kind: "command", key: trace.key, disposition: .ran,
                    reasons: [.neverRan], trace: trace)
            ], run: run)
        return OutgoingResult(pipeline: "p", stage: "s", trace: trace)
    }

    /// Otherwise the program could end in the middle of a write, or go on writing after it has said that it failed.
    @Test func aRefusedPackWaitsForThoseThatAreUnderway() throws {
        try withTemporaryFolder { folder in
            let folder = try FileSystem.canonical(folder)
            let store = try ArtifactStore(path: folder.appending("store.sqlite"), workingDirectory: folder)
            // Two packs.
            let outgoing = try result(noise(20 << 20), in: store, folder)
            let storage = UnreliableStorage(folder.appending("cache"))
            let cache = try RemoteCache(storage, index: RemoteIndex(in: folder.appending("work")))
            var pusher = ResultPusher(cache, from: store)
            let error = #expect(throws: RemoteError.self) { _ = try pusher.push([outgoing]) }
            #expect(error?.code == .denied)
            #expect(storage.begun == 2 && storage.ended == 2)
            #expect(
                try FileSystem.names(in: folder.appending("cache/tmp")).allSatisfy { !$0.hasSuffix(".part") })
            // The next attempt sends what is missing.
            var again = ResultPusher(cache, from: store)
            let report = try again.push([outgoing])
            #expect(report.new == 1 && report.bytes > 20 << 20)
        }
    }
}
