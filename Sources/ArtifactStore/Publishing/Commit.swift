internal import Compression
public import Dataflow
internal import Digests
internal import Files
internal import SQLite
internal import StageSchemas
internal import Synchronization

/// An object on its way into the database.
private struct NewObject: Sendable {
    /// Where its chunks are.
    enum Chunks: Sendable {
        /// In the database, with these ids.
        case written([Int])
        /// To be inserted together with the object.
        case block(ChunkBlock)
    }

    let digest: Digest
    let object: CapturedObject
    var chunks = Chunks.written([])
}

/// Objects that the database lacks, children before the trees that name them.
private struct NewObjects: Sendable {
    var objects: [NewObject] = []
    var digests: Set<Digest> = []
}

extension ArtifactStore {
    /// How many bytes of small objects' chunks wait for the transaction that inserts them.
    private static let waitingBytes = 32 << 20

    /// Makes results durable: first the chunks of what is new and large, then, in one transaction, small chunks, objects,
    /// traces and the run's record. A crash before that transaction leaves nothing but chunks that nobody refers to.
    public func commit(_ results: [StageResult], run: RunID) throws {
        var new = NewObjects()
        var roots: [Digest] = []
        for result in results where result.disposition == .ran || result.failureLog != nil {
            roots += (result.trace?.outputs ?? [:]).sorted { $0.key < $1.key }.map(\.value.digest)
            if let log = result.trace?.log ?? result.failureLog { roots.append(log) }
        }
        for root in roots { try gather(root, &new) }
        var waiting = 0
        let codec = ZstdCodec()
        for index in new.objects.indices {
            let digest = new.objects[index].digest
            guard try FileStatus(of: workFolder.object(digest)).size <= Self.smallObject,
                waiting < Self.waitingBytes
            else {
                new.objects[index].chunks = .written(try chunkIDs(of: digest))
                continue
            }
            let block = try chunks(ofSmall: digest, codec)
            waiting += block.size
            new.objects[index].chunks = .block(block)
        }
        try record(results, new: new.objects, run: run)
        forget(roots)
    }

    /// Lets go of captured objects and all that they name: the database has them now.
    private func forget(_ roots: [Digest]) {
        captured.withLock { captured in
            var digests = roots
            while let digest = digests.popLast() {
                guard let object = captured.removeValue(forKey: digest) else { continue }
                digests += object.children
            }
        }
    }

    /// The ids of a large object's chunks: of those that were written since it was captured, or else written now.
    private func chunkIDs(of digest: Digest) throws -> [Int] {
        // Taken only once: a second attempt does not trust what the first one had.
        let writing = captured.withLock { captured in
            defer { captured[digest]?.writing = nil }
            return captured[digest]?.writing
        }
        guard let written = try? writing?.finish() else { return try writeChunks(of: digest) }
        try WorkFolder.checkUntouched(written.status, digest)
        return written.ids
    }

    private func record(
        _ results: [StageResult], new objects: [NewObject], run: RunID
    ) throws {
        // A look-up that is lost with the power is no loss; work is.
        let isDurable = results.contains { $0.disposition != .cached }
        try withConnection { connection in
            try connection.transaction(isDurable: isDurable) {
                for object in objects { try Self.insert(object, connection) }
                try Self.record(
                    hits: results.filter { $0.disposition == .cached }, run: run, connection)
                for result in results where result.disposition != .cached {
                    try Self.record(result, run: run, connection)
                }
            }
        }
    }

    /// Adds an object and those that it names, children first, unless the database has them whole.
    private func gather(_ digest: Digest, _ new: inout NewObjects) throws {
        // Not by `holds`, whose view may be of a moment ago: what was committed since is no longer among the captured.
        guard !new.digests.contains(digest), try !withConnection({ try Self.hasWhole(digest, $0) }) else {
            return
        }
        guard let object = captured.withLock({ $0[digest] }) else {
            throw StoreError(.missing, "the artifact \(digest.abbreviated) was not captured in this run")
        }
        for child in object.children { try gather(child, &new) }
        guard new.digests.insert(digest).inserted else { return }
        new.objects.append(NewObject(digest: digest, object: object))
    }

    static func hasWhole(_ digest: Digest, _ connection: Connection) throws -> Bool {
        let sql = "SELECT 1 FROM object WHERE digest = ? AND damaged = 0"
        return try connection.first(sql, .blob(digest.bytes)) { _ in true } ?? false
    }

    private static func insert(_ new: NewObject, _ connection: Connection) throws {
        let object = new.object
        try connection.run(
            "INSERT INTO object (digest, shape, size, stored, created) VALUES (?, ?, ?, 0, ?) "
                + "ON CONFLICT (digest) DO UPDATE SET damaged = 0, shape = excluded.shape, size = excluded.size",
            .blob(new.digest.bytes), .text(object.shape.rawValue), .integer(object.size), .real(now()))
        let id = try objectID(new.digest, connection)
        try connection.run("DELETE FROM object_chunk WHERE object = ?", .integer(id))
        let chunks: [Int] =
            switch new.chunks {
            case .written(let ids): ids
            case .block(let block): try block.insert(connection)
            }
        for (position, chunk) in chunks.enumerated() {
            try connection.run(
                "INSERT INTO object_chunk (object, position, chunk) VALUES (?, ?, ?)", .integer(id),
                .integer(position), .integer(chunk))
        }
        for child in object.children {
            try connection.run(
                "INSERT OR IGNORE INTO tree_entry (tree, child) VALUES (?, ?)", .integer(id),
                .integer(try objectID(child, connection)))
        }
        try connection.run(
            """
            UPDATE object SET stored =
                (SELECT coalesce(sum(c.stored), 0) FROM object_chunk x JOIN chunk c ON c.id = x.chunk WHERE x.object = ?1)
                + (SELECT coalesce(sum(o.stored), 0) FROM tree_entry e JOIN object o ON o.id = e.child WHERE e.tree = ?1)
            WHERE id = ?1
            """, .integer(id))
    }

    static func objectID(_ digest: Digest, _ connection: Connection) throws -> Int {
        guard
            let id = try connection.first(
                "SELECT id FROM object WHERE digest = ?", .blob(digest.bytes), map: { $0.integer(0) })
        else { throw StoreError(.missing, "the store has no artifact \(digest.abbreviated)") }
        return id
    }

    private static func record(_ result: StageResult, run: RunID, _ connection: Connection) throws {
        let ran = result.disposition == .ran ? result.trace : nil
        let traceID = try ran.map { try insert($0, connection) }
        let log = try (result.failureLog ?? ran?.log).map { try objectID($0, connection) }
        let reasons = result.reasons.isEmpty ? "[]" : Value.list(result.reasons.map(\.record)).json
        try connection.run(
            "INSERT INTO run_stage "
                + "(run, stage, kind, key, trace, disposition, reasons, message, seconds, log) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            .integer(run.number), .text(result.stage.description), .text(result.kind),
            .blob(orNull: result.key?.digest.bytes), .integer(orNull: traceID),
            .text(result.disposition.rawValue),
            .text(reasons), .text(orNull: result.message), ran.map { .real($0.cost.wallSeconds) } ?? .null,
            .integer(orNull: log))
        if let traceID {
            try connection.run(
                "INSERT INTO stage (pipeline, name, trace) SELECT pipeline, ?, ? FROM run WHERE id = ? "
                    + "ON CONFLICT (pipeline, name) DO UPDATE SET trace = excluded.trace "
                    + "WHERE trace <> excluded.trace",
                .text(result.stage.description), .integer(traceID), .integer(run.number))
        }
        if result.disposition == .ran, let key = result.key {
            try connection.run("DELETE FROM lease WHERE key = ?", .blob(key.digest.bytes))
        }
    }

    private static func insert(_ trace: Trace, _ connection: Connection) throws -> Int {
        let work = WorkColumns(trace.material.work)
        let log = try trace.log.map { try objectID($0, connection) }
        try connection.run("DELETE FROM trace WHERE key = ?", .blob(trace.key.digest.bytes))
        try connection.run(
            """
            INSERT INTO trace (key, kind, fingerprint, parameters, command, declared, code, environment, metrics,
                wall_seconds, cpu_seconds, peak_memory, host, log, created)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .blob(trace.key.digest.bytes), .text(trace.material.work.kindName),
            .blob(orNull: work.fingerprint?.bytes), .text(Value.map(work.parameters).json),
            .text(orNull: work.command?.text),
            .text(Value.map((work.command?.outputs ?? [:]).mapValues { .string($0) }).json),
            .text(Value.list((work.command?.code ?? []).map { .string($0.hexadecimal) }).json),
            .text(
                Value.map(
                    (work.command?.environment ?? [:]).mapValues { $0.map { .string($0) } ?? .null }
                ).json),
            .text(Value.map(trace.metrics.mapValues { .number($0) }).json), .real(trace.cost.wallSeconds),
            .real(trace.cost.cpuSeconds), .integer(trace.cost.peakMemory), .text(ProcessIdentity.hostName),
            .integer(orNull: log), .real(now()))
        let id = connection.lastInsertedRow
        for (name, elements) in trace.material.inputs {
            for (position, element) in elements.enumerated() {
                try connection.run(
                    "INSERT INTO trace_input (trace, name, position, coordinates, digest) VALUES (?, ?, ?, ?, ?)",
                    .integer(id), .text(name), .integer(position), .text(Value.map(element.coordinates).json),
                    .blob(element.digest.bytes))
            }
        }
        for (name, artifact) in trace.outputs {
            try connection.run(
                "INSERT INTO trace_output (trace, name, object) VALUES (?, ?, ?)", .integer(id), .text(name),
                .integer(try objectID(artifact.digest, connection)))
        }
        return id
    }
}

/// A trace's work, as the columns have it: those of the other kind of work are empty.
private struct WorkColumns {
    var fingerprint: Digest?
    var parameters: [String: Value] = [:]
    var command: KeyMaterial.Command?

    init(_ work: KeyMaterial.Work) {
        switch work {
        case .kind(_, let fingerprint, let parameters):
            self.fingerprint = fingerprint
            self.parameters = parameters
        case .command(let command): self.command = command
        }
    }
}
