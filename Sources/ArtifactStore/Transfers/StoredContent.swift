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
        while let (digest, isOpen) = waiting.popLast() {
            if !isOpen {
                guard known.insert(digest).inserted else { continue }
                let children = try parts.database.current { tables in
                    guard try tables.objects.isWhole(digest) else {
                        throw try tables.objects.exists(digest)
                            ? parts.database.damage(digest, "a chunk is wrong")
                            : parts.database.absence(digest)
                    }
                    return try tables.objects.children(of: tables.objects.id(of: digest)).map(\.digest)
                }
                if !children.isEmpty {
                    waiting.append((digest, true))
                    waiting += children.map { ($0, false) }
                    continue
                }
            }
            found.append(try object(digest))
        }
        return found
    }

    private func object(_ digest: Digest) throws -> StoredObject {
        let chunks = try parts.database.current { tables in
            try tables.objects.chunkNames(of: tables.objects.id(of: digest))
        }
        return StoredObject(
            digest: digest,
            chunks: try chunks.map { chunk in
                guard let name = chunk.digest else {
                    throw parts.database.damage(digest, "a chunk is wrong")
                }
                return name
            }, storedSize: chunks.reduce(0) { $0.adding($1.stored) })
    }

    /// A chunk, checked against its digest.
    ///
    /// - Throws: `StoreError.damaged` if it has changed; whatever contains it is marked as damaged.
    package func chunk(_ digest: Digest) throws -> ChunkPayload {
        let found = try parts.database.current { tables -> (id: Int, stored: StoredChunk?)? in
            guard let id = try tables.chunks.id(of: digest) else { return nil }
            return (id, try? tables.storedChunk(id, parts.database.bulk).get())
        }
        guard let found else {
            throw StoreError(.missing, "the store has lost the chunk \(digest.abbreviated)")
        }
        if let stored = found.stored {
            let payload = ChunkPayload(
                digest: digest, isCompressed: stored.codec == .zstd, size: stored.size, bytes: stored.bytes)
            if payload.content() != nil { return payload }
        }
        _ = try parts.database.marksDamage(ofChunk: found.id)
        throw StoreError(
            .damaged,
            "the chunk \(digest.abbreviated) in \(parts.database.path) is damaged. Run again to recompute it."
        )
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
