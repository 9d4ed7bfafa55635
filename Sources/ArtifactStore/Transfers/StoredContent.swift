package import Compression
internal import Dataflow
package import Digests

/// A chunk's bytes as they are stored and transferred.
package struct ChunkPayload: Sendable {
    /// The digest of its content.
    package let digest: Digest
    /// True if `bytes` is zstd data.
    package let isCompressed: Bool
    /// The bytes of its content.
    package let size: Int
    /// What is stored.
    package let bytes: [UInt8]

    /// The largest chunk.
    package static let largest = ContentChunker.maximum

    package init(digest: Digest, isCompressed: Bool, size: Int, bytes: [UInt8]) {
        self.digest = digest
        self.isCompressed = isCompressed
        self.size = size
        self.bytes = bytes
    }

    /// The content; nil if it does not match the digest.
    package func content() -> [UInt8]? {
        content(ZstdCodec())
    }

    /// The content; nil if it does not match the digest.
    package func content(_ codec: borrowing ZstdCodec) -> [UInt8]? {
        guard (1...Self.largest).contains(size), bytes.count <= Self.largest else { return nil }
        let content = isCompressed ? try? codec.decompress(bytes.span.bytes, size: size) : bytes
        guard let content, content.count == size, SHA256.digest(of: content) == digest else { return nil }
        return content
    }
}

/// What an object consists of.
package struct StoredObject: Sendable {
    /// The object.
    package let digest: Digest
    /// The digests of its chunks, in order.
    package let chunks: [Digest]
    /// The bytes of its chunks after compression.
    package let storedSize: Int
}

/// The content of a store, for transfers to others.
package struct StoredContent: Sendable {
    let parts: StoreParts

    /// The objects that artifacts consist of: the artifacts themselves and everything in trees. Each occurs once, after those
    /// that it contains.
    ///
    /// - Throws: `StoreError.damaged` if one is, `StoreError.missing` if there is none.
    package func objects(of roots: [Digest]) throws -> [StoredObject] {
        var found: [StoredObject] = []
        var known: Set<Digest> = []
        // A tree is visited twice: before and after its contents.
        var waiting = roots.reversed().map { (digest: $0, isOpen: false) }
        while !waiting.isEmpty {
            // Many in one transaction, which takes longer than what is done in it; not all, because others wait for it.
            try parts.database.currentState { tables in
                for _ in 0..<Self.visitsAtOnce {
                    guard let (digest, isOpen) = waiting.popLast() else { return }
                    guard isOpen || known.insert(digest).inserted else { continue }
                    let object = try wholeObject(digest, tables)
                    if object.isTree && !isOpen {
                        waiting.append((digest, true))
                        waiting += try tables.objects.children(of: object.id).map { ($0.digest, false) }
                    } else {
                        found.append(try self.object(digest, object.id, tables))
                    }
                }
            }
        }
        return found
    }

    private static let visitsAtOnce = 1_000

    private func wholeObject(_ digest: Digest, _ tables: Tables) throws -> (id: Int, isTree: Bool) {
        guard let found = try tables.objects.state(of: digest) else { throw parts.database.absence(digest) }
        guard found.isWhole else { throw parts.database.damage(digest, "a chunk is wrong") }
        return (found.id, found.isTree)
    }

    private func object(_ digest: Digest, _ id: Int, _ tables: Tables) throws -> StoredObject {
        let chunks = try tables.objects.chunkNames(of: id)
        return StoredObject(
            digest: digest,
            chunks: try chunks.map { chunk in
                guard let name = chunk.digest else {
                    throw parts.database.damage(digest, "a chunk is wrong")
                }
                return name
            }, storedSize: chunks.reduce(0) { $0.adding($1.stored) })
    }

    /// Chunks, in the order of their digests here, each checked against its digest. A chunk that has changed or is missing is an error,
    /// and whatever contains it is marked as damaged.
    package func chunks(_ digests: [Digest]) throws -> [Result<ChunkPayload, StoreError>] {
        let found = try parts.database.currentState { tables in
            let ids = try digests.map { try tables.chunks.id(of: $0) }
            return (ids: ids, stored: try tables.storedChunks(ids.compactMap { $0 }, parts.database.bulk))
        }
        let codec = ZstdCodec()
        var stored = found.stored.makeIterator()
        return try zip(digests, found.ids).map { digest, id in
            guard let id, let stored = stored.next() else {
                return .failure(
                    StoreError(.missing, "the store has lost the chunk \(digest.abbreviated)"))
            }
            if let stored = try? stored.get() {
                let payload = ChunkPayload(
                    digest: digest, isCompressed: stored.codec == .zstd, size: stored.size,
                    bytes: stored.bytes)
                if payload.content(codec) != nil { return .success(payload) }
            }
            _ = try parts.database.marksDamage(ofChunk: id)
            return .failure(
                StoreError(
                    .damaged,
                    "the chunk \(digest.abbreviated) in \(parts.database.path) is damaged. Run again to recompute it."
                ))
        }
    }

    /// The nodes of a command's discoveries below these roots.
    ///
    /// - Throws: `StoreError.damaged` if one is missing.
    package func nodes(below roots: [Digest]) throws -> [Digest: [UInt8]] {
        try DiscoveryClosure.nodes(below: roots) { digest in
            try parts.database.current { try $0.discoveries.encoding(of: digest) }
        }
    }
}

extension ArtifactStore {
    /// The content, for transfers to others.
    package var content: StoredContent { StoredContent(parts: parts) }
}
