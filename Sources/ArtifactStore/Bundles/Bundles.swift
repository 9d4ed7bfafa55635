internal import Compression
public import Dataflow
internal import Digests
public import Files
internal import JSON
internal import SQLite
internal import Texts

/// Writes results of a store to a file, and reads such files.
public struct Bundles: Sendable {
    let store: ArtifactStore

    /// What was read from a bundle.
    public struct Arrival: Sendable {
        /// The results that the store did not have.
        public let new: Int
        /// All results.
        public let all: Int
    }

    /// Writes results to a file, with everything that belongs to them: outputs, logs, and what commands have discovered.
    ///
    /// - Throws: `StoreError.damaged` if an output is damaged; then no file is left.
    public func write(
        _ results: [(pipeline: String, stage: String, trace: Trace)], to path: FilePath
    ) throws {
        let part = FilePath(path.text + ".\(ProcessIdentity.token).part")
        do {
            try FileSystem.removeTree(part)
            try write(results, partAt: part)
            try File(part, .reading).synchronize()
            try FileSystem.rename(part, to: path)
        } catch {
            try? FileSystem.removeTree(part)
            throw error
        }
    }

    private func write(
        _ results: [(pipeline: String, stage: String, trace: Trace)], partAt path: FilePath
    ) throws {
        let bundle = try BundleFile(creating: path)
        var nodes: Set<Digest> = []
        var trees: Set<Digest> = []
        try bundle.connection.transaction {
            for (pipeline, stage, trace) in results {
                let record = ResultRecord(trace, pipeline: pipeline, stage: stage)
                try bundle.addResult(JSONRecord.encode(record))
                for (_, artifact) in trace.outputs.sorted(by: { $0.key < $1.key }) {
                    if artifact.shape == .file {
                        try add(artifact.digest, to: bundle)
                    } else if trees.insert(artifact.digest).inserted {
                        try addTree(artifact.digest, to: bundle)
                    }
                }
                if let log = trace.log { try add(log, to: bundle) }
                let roots = [trace.discovered?.pathSet, trace.discovered?.snapshot].compactMap { $0 }
                let found = try store.content.nodes(below: roots).sorted { $0.key < $1.key }
                for (digest, encoding) in found where nodes.insert(digest).inserted {
                    try bundle.addNode(encoding)
                }
            }
        }
    }

    private func addTree(_ tree: Digest, to bundle: BundleFile) throws {
        for entry in try store.catalog.entries(ofTree: tree) {
            try bundle.addEntry(entry.path, entry.kind, entry.digest, of: tree)
            if entry.kind != .directory { try add(entry.digest, to: bundle) }
        }
    }

    private func add(_ file: Digest, to bundle: BundleFile) throws {
        guard try !bundle.hasFile(file) else { return }
        let codec = ZstdCodec()
        var position = 0
        func put(_ bytes: [UInt8]) throws {
            try bundle.addPiece(bytes, of: file, at: position, codec)
            position += 1
        }
        var waiting: [UInt8] = []
        try store.catalog.forEachPiece(of: file) { bytes in
            waiting += bytes
            while waiting.count >= BundleFile.pieceSize {
                try put(Array(waiting.prefix(BundleFile.pieceSize)))
                waiting.removeFirst(BundleFile.pieceSize)
            }
        }
        if !waiting.isEmpty || position == 0 { try put(waiting) }
    }

    /// Adds the results in a file to the store. All content is compared with its digests, and each key with its material.
    public func read(_ path: FilePath) throws -> Arrival {
        let bundle = try BundleFile(reading: path)
        let nodes = try bundle.nodes()
        let records = try bundle.results().map { bytes in
            do {
                return try JSONRecord.decode(ResultRecord.self, from: bytes, limit: ResultRecord.largest)
            } catch {
                throw StoreError(.invalid, "the bundle is damaged: a result in it cannot be read: \(error)")
            }
        }
        let traces = try records.map(Self.trace)
        let runs = try runs(of: records, path)
        let attempts = try store.workFolder.makeAttemptsFolder()
        // Otherwise it would look like the folder of a killed run.
        defer { try? FileSystem.removeTree(attempts) }
        let folder = attempts.appending("import")
        var new = 0
        do {
            for (record, trace) in zip(records, traces) {
                guard let run = runs[ExactText(record.pipeline)] else { continue }
                if let known = try store.traces.trace(of: trace.key) {
                    try commit(record, known, .cached, [:], run)
                    continue
                }
                try FileSystem.removeTree(folder)
                try FileSystem.makeDirectories(folder)
                for artifact in trace.outputs.values {
                    guard try take(artifact, from: bundle, folder) == artifact.size else {
                        throw StoreError(
                            .invalid, "the bundle is damaged: an output of '\(record.stage)' has another size"
                        )
                    }
                }
                if let log = trace.log {
                    // Its size is not recorded.
                    let log = Artifact(digest: log, shape: .file, size: StoreBounds.size)
                    _ = try take(log, from: bundle, folder)
                }
                try commit(record, trace, .ran, Self.nodes(of: trace, in: nodes), run)
                new += 1
            }
        } catch {
            for run in runs.values { try? store.runs.end(run, outcome: .failed) }
            throw error
        }
        for run in runs.values { try store.runs.end(run, outcome: .succeeded) }
        return Arrival(new: new, all: records.count)
    }

    /// A run for the results of each pipeline, in the order of the bundle.
    private func runs(of records: [ResultRecord], _ path: FilePath) throws -> [ExactText: RunID] {
        var runs: [ExactText: RunID] = [:]
        for name in records.isEmpty ? ["import"] : records.map(\.pipeline) where runs[ExactText(name)] == nil
        {
            runs[ExactText(name)] = try store.runs.begin(
                RunDescription(
                    pipeline: name, file: path.text, arguments: ["import", path.text], note: "imported"))
        }
        return runs
    }

    private static func trace(of record: ResultRecord) throws -> Trace {
        do {
            return try record.trace()
        } catch {
            throw StoreError(.invalid, "the bundle is damaged: \(error)")
        }
    }

    /// The nodes of what a result's command has discovered.
    private static func nodes(of trace: Trace, in all: [Digest: [UInt8]]) throws -> [Digest: [UInt8]] {
        let roots = [trace.discovered?.pathSet, trace.discovered?.snapshot].compactMap { $0 }
        do {
            return try DiscoveryClosure.nodes(below: roots) { all[$0] }
        } catch {
            throw StoreError(.invalid, "the bundle is damaged: it lacks what a command has discovered")
        }
    }

    private func commit(
        _ record: ResultRecord, _ trace: Trace, _ disposition: Disposition, _ nodes: [Digest: [UInt8]],
        _ run: RunID
    ) throws {
        let result = StageResult(
            stage: StageID(record.stage), kind: record.kind, key: trace.key, disposition: disposition,
            trace: trace, nodes: trace.discovered == nil ? nil : DiscoveryNodes(nodes))
        try store.runs.commit([result], run: run)
    }

    /// Writes an artifact, of at most the given size, to files and captures those.
    ///
    /// - Returns: its size.
    private func take(_ artifact: Artifact, from bundle: BundleFile, _ folder: FilePath) throws -> Int {
        let path = folder.appending(artifact.digest.hexadecimal)
        if FileSystem.exists(path) { try FileSystem.removeTree(path) }
        var left = artifact.size
        switch artifact.shape {
        case .file:
            try write(artifact.digest, from: bundle, to: path, &left)
            if artifact.isExecutable { try FileSystem.setMode(0o755, of: path) }
        case .tree: try takeTree(artifact.digest, from: bundle, path, &left)
        }
        let captured = try store.artifacts.capture(path, shape: artifact.shape)
        guard captured.digest == artifact.digest else {
            throw StoreError(
                .invalid,
                "the bundle is damaged: \(artifact.digest.abbreviated) does not match its name")
        }
        return captured.size
    }

    private func takeTree(_ tree: Digest, from bundle: BundleFile, _ path: FilePath, _ left: inout Int) throws
    {
        try FileSystem.makeDirectory(path)
        let entries = try bundle.entries(of: tree)
        for entry in entries {
            let inner = path.appending(entry.path)
            switch entry.kind {
            case .directory: try FileSystem.makeDirectory(inner)
            case .file, .executable:
                try write(entry.file, from: bundle, to: inner, &left)
                if entry.kind == .executable { try FileSystem.setMode(0o755, of: inner) }
            case .link: break
            }
        }
        for entry in entries where entry.kind == .link {
            var target: [UInt8] = []
            try bundle.forEachPiece(of: entry.file, limit: min(left, Capture.longestLink)) { target += $0 }
            left -= target.count
            try FileSystem.symbolicLink(to: FilePath(bytes: target), at: path.appending(entry.path))
        }
    }

    /// Writes a file, and subtracts its size from what is left.
    private func write(_ digest: Digest, from bundle: BundleFile, to path: FilePath, _ left: inout Int) throws
    {
        let file = try File(path, .writing)
        var size = 0
        try bundle.forEachPiece(of: digest, limit: left) {
            try file.write($0)
            size += $0.count
        }
        left -= size
    }
}

extension ArtifactStore {
    /// Bundles of results.
    public var bundles: Bundles { Bundles(store: self) }
}
