import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import StageSchemas

/// A store in which some values of some rows, or some bytes of the file, are others than were written.
enum StoreTarget {
    private static let tables = [
        "chunk", "chunk_bytes", "object", "object_chunk", "tree_entry", "trace", "trace_input",
        "trace_output", "run",
        "run_stage", "stage", "source_file", "pin", "lease", "publication", "discovery_node",
    ]

    /// A store with a file, a tree, a log, a pin and a run, made once.
    private static let original: (bytes: [UInt8], artifacts: [Digest], key: Key) = {
        do {
            let folder = FuzzTarget.folder.appending("original")
            let path = folder.appending("store.sqlite")
            var made: (artifacts: [Digest], key: Key)
            do {
                let store = try ArtifactStore(path: path, workingDirectory: folder)
                made = try Seeds.fill(store, in: folder)
            }
            return (try FileContents.read(path), made.artifacts, made.key)
        } catch {
            fatalError("no store could be made: \(error)")
        }
    }()

    @Sendable static func read(_ input: [UInt8]) {
        let original = original
        let folder = FuzzTarget.folder.appending("store")
        let path = folder.appending("store.sqlite")
        do {
            try FileSystem.removeTree(folder)
            try FileSystem.makeDirectories(folder)
            try DatabaseChange(tables: tables).write(original.bytes, changedBy: input, to: path)
        } catch {
            fatalError("\(error)")
        }
        use(path, folder, original.artifacts, original.key)
    }

    /// Everything that reads a store; any error may be thrown.
    private static func use(_ path: FilePath, _ folder: FilePath, _ artifacts: [Digest], _ key: Key) {
        for mode in [ArtifactStore.Mode.readOnly, .readWrite] {
            guard let store = try? ArtifactStore(path: path, mode: mode, workingDirectory: folder) else {
                continue
            }
            _ = try? store.traces.trace(of: key)
            _ = try? store.catalog.artifacts()
            _ = try? store.catalog.runs()
            _ = try? store.catalog.usage()
            _ = try? store.catalog.stageRecords(ofStage: "s")
            for artifact in artifacts {
                _ = try? store.catalog.record(of: artifact)
                _ = try? store.catalog.entries(ofTree: artifact)
                let target = folder.appending("target")
                try? FileSystem.removeTree(target)
                if (try? store.artifacts.export(artifact, to: target, isExecutable: false)) != nil,
                    (try? FileStatus(of: target).kind) == .file
                {
                    // What is handed out is what was named.
                    guard let bytes = try? FileContents.read(target), SHA256.digest(of: bytes) == artifact
                    else {
                        wrong("wrong bytes were handed out")
                    }
                }
            }
            _ = try? store.maintenance.verify()
            guard mode == .readWrite else { continue }
            _ = try? store.maintenance.collect(CollectionPolicy(keepRuns: 0))
            _ = try? store.maintenance.clear(host: "host")
        }
        if FileSystem.exists(folder.parent.appending("victim")) { wrong("something was written elsewhere") }
    }
}
