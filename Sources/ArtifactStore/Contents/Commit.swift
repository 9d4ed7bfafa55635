internal import Compression
internal import Dataflow
internal import Digests
internal import Files

/// Commits results: first the chunks of new large objects, then, in one transaction, small chunks, objects, traces and
/// the run's record. A crash before that transaction leaves only chunks that nothing refers to.
struct Commit {
    private let parts: StoreParts
    private let results: [StageResult]
    private let run: RunID

    /// An object on its way into the database.
    private struct NewObject: Sendable {
        /// Where its chunks are.
        enum Chunks: Sendable {
            /// In the database, with these IDs.
            case written([Int])
            /// To be inserted together with the object.
            case block(ChunkBlock)
        }

        let digest: Digest
        let object: CapturedObject
        var chunks = Chunks.written([])
    }

    /// The objects that the database lacks, children before the trees that contain them.
    private var new: [NewObject] = []
    private var gathered: Set<Digest> = []

    /// How many bytes of small objects' chunks may wait for the transaction that inserts them.
    private static let waitingBytes = 32 << 20

    init(_ results: [StageResult], run: RunID, parts: StoreParts) {
        self.parts = parts
        self.results = results
        self.run = run
    }

    /// Makes the results durable.
    mutating func perform() throws {
        let roots = roots
        for root in roots { try gather(root) }
        try chunk()
        try record()
        for result in results { result.nodes?.forget() }
        parts.captured.forget(roots)
    }

    /// The outputs and logs, in a fixed order: what is stored must not depend on dictionary order.
    private var roots: [Digest] {
        results.filter { $0.disposition == .ran || $0.failureLog != nil }.flatMap { result in
            let outputs = (result.trace?.outputs ?? [:]).sorted { $0.key < $1.key }.map(\.value.digest)
            return outputs + [result.trace?.log ?? result.failureLog].compactMap { $0 }
        }
    }

    /// Adds an object and its children, children first, unless the database has them intact.
    private mutating func gather(_ digest: Digest) throws {
        // Not a snapshot: what has been committed since then is no longer among the captured objects.
        guard !gathered.contains(digest),
            try !parts.database.current({ try $0.objects.isWhole(digest) })
        else { return }
        guard let object = parts.captured[digest] else {
            throw StoreError(.missing, "the artifact \(digest.abbreviated) was not captured in this run")
        }
        for child in object.children { try gather(child) }
        guard gathered.insert(digest).inserted else { return }
        new.append(NewObject(digest: digest, object: object))
    }

    /// Writes the chunks of large objects and prepares those of small ones.
    private mutating func chunk() throws {
        var waiting = 0
        let codec = ZstdCodec()
        var chunked: [NewObject] = []
        for var object in new {
            do {
                object.chunks = try chunks(of: object.digest, waiting: &waiting, codec)
                chunked.append(object)
            } catch {
                // Another process may have recorded the same content just now; from then on, the copy may be removed.
                guard try parts.database.current({ try $0.objects.isWhole(object.digest) }) else {
                    throw error
                }
            }
        }
        new = chunked
    }

    private func chunks(
        of digest: Digest, waiting: inout Int, _ codec: borrowing ZstdCodec
    ) throws -> NewObject.Chunks {
        let size = try FileStatus(of: parts.work.object(digest)).size
        guard size <= ChunkWriter.smallObject, waiting < Self.waitingBytes else {
            return .written(try chunkIDs(of: digest))
        }
        let block = try parts.writer.chunks(ofSmall: digest, codec)
        waiting += block.size
        return .block(block)
    }

    /// The IDs of a large object's chunks: written since it was captured, or else written now.
    private func chunkIDs(of digest: Digest) throws -> [Int] {
        // Taken only once: a second attempt does not trust the first one's chunks.
        guard let written = try? parts.captured.takeWriting(of: digest)?.finish() else {
            return try parts.writer.writeChunks(of: digest)
        }
        try WorkFolder.checkUntouched(written.status, digest)
        return written.ids
    }

    private func record() throws {
        // A lookup record lost in a power failure does not matter; lost work does.
        let isDurable = results.contains { $0.disposition != .cached }
        try parts.database.transaction(isDurable: isDurable) { tables in
            for new in new { try insert(new, tables) }
            let pipeline = try tables.runs.pipeline(of: run)
            for result in results where result.disposition != .cached {
                try record(result, of: pipeline, tables)
            }
            // Last: a stage may share the key of one that has just run.
            try record(hits: results.filter { $0.disposition == .cached }, of: pipeline, tables)
        }
    }

    private func insert(_ new: NewObject, _ tables: Tables) throws {
        let chunks: [Int] =
            switch new.chunks {
            case .written(let ids): ids
            case .block(let block): try block.insert(tables)
            }
        let artifact = Artifact(digest: new.digest, shape: new.object.shape, size: new.object.size)
        try tables.objects.insert(
            artifact, repairing: tables.objects.state(of: new.digest)?.id, chunks: chunks,
            children: new.object.children)
    }

    private func record(_ result: StageResult, of pipeline: String, _ tables: Tables) throws {
        let ran = result.disposition == .ran ? result.trace : nil
        if ran != nil, let nodes = result.nodes { try tables.discoveries.insert(nodes.all) }
        let trace = try ran.map { try tables.traces.insert($0) }
        let log = try (result.failureLog ?? ran?.log).map { try tables.objects.id(of: $0) }
        try tables.runs.insert(result, run: run, trace: trace, log: log)
        guard let trace else { return }
        try tables.traces.setLatest(ofStage: result.stage.description, inPipeline: pipeline, trace)
        if let key = result.claim ?? result.key { try tables.leases.delete(key) }
    }

    /// Records stages that were only looked up. A run with nothing to do consists of these, so they are inserted in the order of
    /// their names, which is the tables' order, and rows that would not change are not written.
    private func record(hits: [StageResult], of pipeline: String, _ tables: Tables) throws {
        for hit in hits.sorted(by: { $0.stage < $1.stage }) {
            let stage = hit.stage.description
            let found = try tables.traces.find(hit.key, latestOf: stage, inPipeline: pipeline)
            try tables.runs.insert(hit: hit, stage: stage, run: run, trace: found?.trace)
            guard let found, found.latest != found.trace else { continue }
            try tables.traces.setLatest(ofStage: stage, inPipeline: pipeline, found.trace)
        }
    }
}
