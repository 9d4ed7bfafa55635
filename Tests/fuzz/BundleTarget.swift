import ArtifactStore
import Dataflow
import Files
import SQLite

/// A bundle in which some values of some rows, or some bytes of the file, are others than were written.
enum BundleTarget {
    /// A bundle, and an empty store, made once.
    private static let original: (bundle: [UInt8], store: [UInt8]) = {
        do {
            let folder = FuzzTarget.folder.appending("exporter")
            let bundle = folder.appending("bundle")
            do {
                let store = try ArtifactStore(
                    path: folder.appending("store.sqlite"), workingDirectory: folder)
                let key = try Seeds.fill(store, in: folder).key
                guard let trace = try store.traces.trace(of: key) else { fatalError("nothing was kept") }
                try store.bundles.write([(pipeline: "p", stage: "s", trace: trace)], to: bundle)
            }
            let empty = folder.appending("empty.sqlite")
            do { _ = try ArtifactStore(path: empty, workingDirectory: folder) }
            return (try FileContents.read(bundle), try FileContents.read(empty))
        } catch {
            fatalError("no bundle could be made: \(error)")
        }
    }()

    @Sendable static func read(_ input: [UInt8]) {
        let folder = FuzzTarget.folder.appending("importer")
        let bundle = folder.appending("bundle")
        let path = folder.appending("inner/store.sqlite")
        do {
            try FileSystem.removeTree(folder)
            try FileSystem.makeDirectories(folder.appending("inner"))
            try DatabaseChange(tables: ["result", "entry", "piece", "node"])
                .write(original.bundle, changedBy: input, to: bundle)
            try FileContents.write(original.store, to: path)
            let store = try ArtifactStore(path: path, workingDirectory: folder.appending("inner"))
            _ = try? store.bundles.read(bundle)
            guard try store.maintenance.verify().isSound else { wrong("what was imported is not sound") }
        } catch {
            fatalError("\(error)")
        }
        let names = (try? FileSystem.names(in: folder)) ?? []
        guard Set(names).isSubset(of: ["bundle", "bundle-journal", "bundle-wal", "bundle-shm", "inner"])
        else {
            wrong("something was written elsewhere: \(names)")
        }
    }
}
