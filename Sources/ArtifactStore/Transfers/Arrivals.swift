internal import Compression
package import Dataflow
package import Digests
internal import Files
internal import Parallelism

/// An object that was received; its chunks are in the store.
package struct ArrivedObject: Sendable {
    package let digest: Digest
    package let shape: Artifact.Shape
    /// Its chunks, in order.
    package let chunks: [Digest]
    /// The objects that a tree's manifest names.
    package let children: [Digest]

    package init(digest: Digest, shape: Artifact.Shape, chunks: [Digest], children: [Digest] = []) {
        self.digest = digest
        self.shape = shape
        self.chunks = chunks
        self.children = children
    }
}

/// Adds received content and results to the store. Nothing is used before it has been checked against its digest.
package struct Arrivals: Sendable {
    let parts: StoreParts

    /// Those of these chunks that the store does not have, each once.
    package func missing(_ chunks: some Sequence<Digest>) throws -> [Digest] {
        var seen: Set<Digest> = []
        let different = chunks.filter { seen.insert($0).inserted }
        return try parts.database.currentState { tables in
            try different.filter { try tables.chunks.id(of: $0) == nil }
        }
    }

    /// Those of these objects that the store does not have with everything that they reference.
    package func lacking(_ objects: [Digest]) throws -> [Digest] {
        try parts.database.currentState { tables in try objects.filter { try !tables.objects.isWhole($0) } }
    }

    /// The shape of an object; nil if the store does not have it.
    package func shape(of object: Digest) throws -> Artifact.Shape? {
        try parts.database.current { tables in
            try tables.objects.isWhole(object) ? tables.objects.artifact(object)?.shape : nil
        }
    }

    /// Adds chunks that have been checked against their digests. If no object refers to them, the next collection removes them.
    ///
    /// - Parameter areMany: true if they are among so many bytes that these belong in the second database.
    package func add(_ chunks: [ChunkPayload], areMany: Bool) throws {
        guard !chunks.isEmpty else { return }
        guard areMany else {
            return try parts.database.transaction { tables in
                try Self.insert(chunks, tables, ChunkBytesTable(connection: tables.connection), false)
            }
        }
        try parts.database.bulkTransaction { try Self.insert(chunks, $0, $1, true) }
    }

    private static func insert(
        _ chunks: [ChunkPayload], _ tables: Tables, _ target: ChunkBytesTable, _ isBulk: Bool
    ) throws {
        for chunk in chunks {
            let id = try tables.chunks.insert(
                chunk.digest, chunk.isCompressed ? .zstd : .raw, size: chunk.size, stored: chunk.bytes.count,
                isBulk: isBulk)
            if let id { try target.insert(id, chunk.bytes.span.bytes) }
        }
    }

    /// If more bytes than this are received together, they are put into the second database, which writes them once.
    package static let manyBytes = ChunkWriter.largeObject

    /// The concatenated content of chunks in the store; nil if one is missing or damaged, or if there are more than `limit` bytes.
    package func bytes(of chunks: [Digest], limit: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        for chunk in chunks {
            guard let content = try content(of: chunk), bytes.count + content.count <= limit else {
                return nil
            }
            bytes += content
        }
        return bytes
    }

    private func content(of chunk: Digest) throws -> [UInt8]? {
        let stored = try parts.database.current { tables -> StoredChunk? in
            guard let id = try tables.chunks.id(of: chunk) else { return nil }
            return try? tables.storedChunk(id, parts.database.bulk).get()
        }
        return stored.flatMap { try? $0.content(ZstdCodec()).get() }
    }

    /// The size of an object with these chunks; nil if they do not match its digest.
    private func size(of object: ArrivedObject) throws -> Int? {
        var hasher = SHA256()
        var size = 0
        do {
            // One thread hashes, the other reads and decompresses ahead of it.
            try Parallel.overlap(batchesOf: 64, object.chunks) { names in
                let stored = try parts.database.currentState { tables in
                    let ids = try names.compactMap { try tables.chunks.id(of: $0) }
                    return try tables.storedChunks(ids, parts.database.bulk)
                }
                guard stored.count == names.count else { throw ChunkDamage(reason: "a chunk is missing") }
                let codec = ZstdCodec()
                return try stored.map { try $0.get().content(codec).get() }
            } use: { _, contents in
                for content in contents {
                    hasher.update(content)
                    size = size.adding(content.count)
                }
            }
        } catch is ChunkDamage {
            return nil
        }
        return hasher.finalize() == object.digest ? size : nil
    }

    /// What is wrong with content that was received.
    package struct Refusal: Error, Sendable, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// Adds results and their objects in one transaction. Each object comes after those that it contains, and the store has
    /// the chunks already.
    ///
    /// - Parameter nodes: what their commands have discovered.
    /// - Throws: `Refusal` if an object does not match its digest, or an output does not match its result; then the store is
    ///   unchanged.
    package func take(
        _ traces: [Trace], objects: [ArrivedObject], nodes: [Digest: [UInt8]]
    ) throws {
        var sizes: [Digest: Int] = [:]
        for object in objects {
            // A single chunk was already checked against this digest.
            if object.chunks.count == 1 && object.chunks[0] == object.digest { continue }
            guard let size = try size(of: object) else {
                throw Refusal(
                    description: "\(object.digest.abbreviated) does not match its name")
            }
            sizes[object.digest] = size
        }
        let known = sizes
        try parts.database.transaction(isDurable: true) { tables in
            for object in objects { try insert(object, known[object.digest], tables) }
            try tables.discoveries.insert(nodes)
            for trace in traces { try insert(trace, tables) }
        }
    }

    private func insert(_ object: ArrivedObject, _ size: Int?, _ tables: Tables) throws {
        let known = try tables.objects.state(of: object.digest)
        guard known?.isWhole != true else { return }
        let chunks = try object.chunks.map { chunk in
            guard let place = try tables.chunks.place(of: chunk) else {
                throw Refusal(description: "the chunk \(chunk.abbreviated) was removed meanwhile")
            }
            return place
        }
        let total: Int
        switch object.shape {
        case .file:
            total = size ?? chunks.reduce(0) { $0.adding($1.size) }
        case .tree:
            // A file counts as often as it occurs in the tree.
            total = try object.children.reduce(0) { sum, child in
                guard let part = try tables.objects.artifact(child) else {
                    throw Refusal(description: "\(object.digest.abbreviated) is incomplete")
                }
                return sum.adding(part.size)
            }
        }
        guard total <= StoreBounds.size else {
            throw Refusal(description: "\(object.digest.abbreviated) is too large")
        }
        try tables.objects.insert(
            Artifact(digest: object.digest, shape: object.shape, size: total), repairing: known?.id,
            chunks: chunks.map(\.id), children: object.children)
    }

    private func insert(_ trace: Trace, _ tables: Tables) throws {
        for (name, artifact) in trace.outputs.sorted(by: { $0.key < $1.key }) {
            guard let object = try tables.objects.artifact(artifact.digest), object.shape == artifact.shape,
                object.size == artifact.size
            else { throw Refusal(description: "the output '\(name)' does not match its result") }
        }
        guard try tables.traces.trace(of: trace.key) == nil else { return }
        _ = try tables.traces.insert(trace)
    }

    /// Adds nodes of commands' discoveries, which were checked against their digests.
    package func add(nodes: [Digest: [UInt8]]) throws {
        try parts.database.transaction { try $0.discoveries.insert(nodes) }
    }
}

extension ArtifactStore {
    /// Receives content and results.
    package var arrivals: Arrivals { Arrivals(parts: parts) }
}
