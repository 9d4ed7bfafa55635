import ArtifactStore
import Dataflow
import Digests
import Files
import StageSchemas
import TestSupport

/// A store in a fresh folder, with what a run does in one call.
struct StoreFixture {
    let folder: FilePath
    let store: ArtifactStore

    init(_ folder: FilePath) throws {
        self.folder = folder
        store = try ArtifactStore(path: folder.appending("store.sqlite"), workingDirectory: folder)
    }

    /// The same store, as another invocation would open it.
    func reopened(_ mode: ArtifactStore.Mode = .readWrite) throws -> ArtifactStore {
        try ArtifactStore(path: store.path, mode: mode, workingDirectory: folder)
    }

    func beginRun(pipeline: String = "p") throws -> RunID {
        try store.runs.begin(
            RunDescription(pipeline: pipeline, file: "p.yaml", arguments: ["run", "p.yaml"]))
    }

    /// Captures outputs and commits a trace, all of one run.
    @discardableResult
    func publish(
        _ stage: String, _ outputs: [String: [UInt8]], parameters: [String: Value] = [:],
        pipeline: String = "p", log: String? = nil
    ) throws -> Trace {
        let run = try beginRun(pipeline: pipeline)
        let trace = try captured(outputs, parameters: parameters, log: log)
        try store.runs.commit([ran(stage, trace)], run: run)
        try store.runs.end(run, outcome: .succeeded)
        return trace
    }

    /// Captures outputs, and makes a trace that is in no run yet.
    func captured(
        _ outputs: [String: [UInt8]], parameters: [String: Value] = [:], log: String? = nil
    ) throws -> Trace {
        var artifacts: [String: Artifact] = [:]
        for (name, bytes) in outputs.sorted(by: { $0.key < $1.key }) {
            artifacts[name] = try store.artifacts.capture(try file(bytes), shape: .file)
        }
        let text = try log.map { try store.artifacts.capture(try file(Array($0.utf8)), shape: .file).digest }
        return trace(artifacts, parameters: parameters, log: text)
    }

    func trace(
        _ outputs: [String: Artifact], parameters: [String: Value] = [:], log: Digest? = nil
    ) -> Trace {
        let material = KeyMaterial(
            .kind(name: "test", fingerprint: SHA256.digest(of: "code"), parameters: parameters))
        return Trace(
            key: Key(material), material: material, outputs: outputs, metrics: ["loss": 0.5],
            cost: Cost(wallSeconds: 2, cpuSeconds: 1, peakMemory: 4096), log: log)
    }

    func ran(_ stage: String, _ trace: Trace) -> StageResult {
        StageResult(
            stage: StageID(stage), kind: "test", key: trace.key, disposition: .ran, reasons: [.neverRan],
            trace: trace)
    }

    /// A fresh file, outside the store.
    func file(_ bytes: [UInt8]) throws -> FilePath {
        let attempts = folder.appending("attempt")
        try FileSystem.makeDirectories(attempts)
        let path = attempts.appending("output-\(SHA256.digest(of: bytes).abbreviated)")
        try FileContents.write(bytes, to: path)
        return path
    }

    /// Removes all plain copies, as anybody may at any time.
    func evict() throws { try FileSystem.removeTree(folder.appending("work/objects")) }

    /// The bytes of an artifact, read through `materialize`.
    func bytes(of artifact: Digest, from store: ArtifactStore? = nil) throws -> [UInt8] {
        let path = folder.appending("materialized-\(artifact.abbreviated)")
        try (store ?? self.store).artifacts.materialize(artifact, at: path)
        defer { try? FileSystem.removeTree(path) }
        return try FileContents.read(path)
    }
}

func withStore<Result>(_ body: (StoreFixture) throws -> Result) throws -> Result {
    try withTemporaryFolder { try body(try StoreFixture($0)) }
}

/// The code of the `StoreError` that `body` throws; nil where it throws nothing or another error.
func storeErrorCode(_ body: () throws -> Void) -> StoreError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? StoreError)?.code
    }
}
