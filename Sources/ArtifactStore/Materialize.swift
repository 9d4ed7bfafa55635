internal import Compression
internal import Dataflow
public import Digests
public import Files
internal import SQLite
internal import Synchronization

extension ArtifactStore {
    /// Puts an artifact at `path` as read-only files: hard links to the plain copies, which are made again out of
    /// the chunks where they are gone.
    ///
    /// - Throws: `StoreError.damaged` where a chunk is wrong; the artifact is marked, and the next run recomputes it.
    public func materialize(_ artifact: Digest, at path: FilePath) throws {
        do {
            if let source = adopted.withLock({ $0[artifact] }) {
                return try FileSystem.symbolicLink(to: source.path, at: path)
            }
            let copy = try plainCopy(of: artifact)
            if try isTree(artifact) {
                try materializeTree(copy, artifact, at: path, isWritable: false)
            } else {
                try place(copy, at: path)
            }
        } catch {
            throw StoreError(error, store: self.path)
        }
    }

    /// Copies an artifact to `path` as ordinary writable files, replacing what is there in one step.
    public func export(_ artifact: Digest, to path: FilePath) throws {
        do {
            try FileSystem.makeDirectories(path.parent)
            let part = FilePath(path.text + ".\(ProcessIdentity.current.number).part")
            try FileSystem.removeTree(part)
            let copy = try plainCopy(of: artifact)
            if try isTree(artifact) {
                try materializeTree(copy, artifact, at: part, isWritable: true)
            } else {
                try FileContents.copy(copy, to: part)
            }
            if (try? FileStatus(of: path, followsLinks: false).kind) == .directory {
                try FileSystem.removeTree(path)
            }
            try FileSystem.rename(part, to: path)
        } catch {
            throw StoreError(error, store: self.path)
        }
    }

    func isTree(_ digest: Digest) throws -> Bool {
        if let object = captured.withLock({ $0[digest] }) { return object.shape == .tree }
        return try withConnection { connection in
            try connection.first("SELECT shape = 'tree' FROM object WHERE digest = ?", .blob(digest.bytes)) {
                $0.integer(0) == 1
            } ?? false
        }
    }

    /// The plain copy of an object, made again where it is gone.
    func plainCopy(of digest: Digest) throws -> FilePath {
        let place = workFolder.object(digest)
        if FileSystem.exists(place) { return place }
        try FileSystem.makeDirectories(place.parent)
        let part = FilePath(place.text + ".\(ProcessIdentity.current.number).part")
        try FileSystem.removeTree(part)
        do {
            let file = try File(part, .creating)
            try forEachChunk(of: digest) { try file.write($0) }
            try FileSystem.setMode(0o444, of: part)
        } catch {
            try? FileSystem.removeFile(part)
            throw error
        }
        try FileSystem.rename(part, to: place)
        return place
    }

    /// Gives `body` an object's bytes, piece by piece, and checks them against the digest at the end.
    public func forEachChunk(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        let chunks = try withConnection { connection in
            let id = try Self.objectID(digest, connection)
            return try connection.rows(
                "SELECT chunk FROM object_chunk WHERE object = ? ORDER BY position", .integer(id)
            ) { $0.integer(0) }
        }
        let codec = ZstdCodec()
        var hasher = SHA256()
        do {
            for chunk in chunks {
                let bytes = try readChunk(chunk, codec)
                hasher.update(bytes)
                try body(bytes)
            }
        } catch let error as CompressionError {
            try markDamaged(digest)
            throw damage(digest, "\(error)")
        }
        guard hasher.finalize() == digest else {
            try markDamaged(digest)
            throw damage(digest, "its bytes are not what its name says")
        }
    }

    func readChunk(_ id: Int, _ codec: borrowing ZstdCodec) throws -> [UInt8] {
        let chunk = try withConnection { connection in
            try connection.first("SELECT codec, size, bytes FROM chunk WHERE id = ?", .integer(id)) { row in
                (codec: row.integer(0), size: row.integer(1), bytes: row.blob(2))
            }
        }
        guard let chunk else { throw CompressionError(message: "chunk \(id) is gone") }
        guard chunk.size <= ContentChunker.maximum else {
            throw CompressionError(message: "chunk \(id) claims \(chunk.size) bytes")
        }
        return chunk.codec == 0
            ? chunk.bytes : try codec.decompress(chunk.bytes.span.bytes, size: chunk.size)
    }

    func markDamaged(_ digest: Digest) throws {
        try withConnection { connection in
            try connection.run("UPDATE object SET damaged = 1 WHERE digest = ?", .blob(digest.bytes))
            // A tree is as whole as its parts.
            try connection.run(
                """
                WITH RECURSIVE touched (id) AS (
                    SELECT id FROM object WHERE digest = ?
                    UNION SELECT e.tree FROM tree_entry e JOIN touched t ON e.child = t.id)
                UPDATE object SET damaged = 1 WHERE id IN (SELECT id FROM touched)
                """, .blob(digest.bytes))
        }
    }

    private func damage(_ digest: Digest, _ reason: String) -> StoreError {
        StoreError(
            .damaged,
            "the artifact \(digest.abbreviated) in \(path) is damaged: \(reason). Run again: it is recomputed."
        )
    }

    private func materializeTree(
        _ manifestCopy: FilePath, _ digest: Digest, at path: FilePath, isWritable: Bool
    ) throws {
        guard let manifest = TreeManifest(bytes: try FileContents.read(manifestCopy)) else {
            try markDamaged(digest)
            throw damage(digest, "its manifest cannot be read")
        }
        try FileSystem.makeDirectory(path)
        for entry in manifest.entries {
            let inner = path.appending(entry.name)
            let copy = try plainCopy(of: entry.digest)
            switch entry.kind {
            case .tree: try materializeTree(copy, entry.digest, at: inner, isWritable: isWritable)
            case .file where isWritable: try FileContents.copy(copy, to: inner)
            case .file: try place(copy, at: inner)
            // The plain copy is shared with files that are not executable, so this one is its own.
            case .executable:
                try FileContents.copy(copy, to: inner)
                try FileSystem.setMode(isWritable ? 0o755 : 0o555, of: inner)
            }
        }
    }

    private func place(_ copy: FilePath, at path: FilePath) throws {
        do {
            try FileSystem.link(copy, at: path)
        } catch {
            guard error.isCrossDevice || error.isDenied else { throw error }
            try FileContents.copy(copy, to: path, permissions: 0o444)
        }
    }
}
