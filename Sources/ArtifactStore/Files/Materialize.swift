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
            if let source = adopted.withLock({ $0[artifact] }), try !isKept(artifact) {
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

    /// True where the content is here, whatever becomes of an equal file outside.
    private func isKept(_ digest: Digest) throws -> Bool {
        if captured.withLock({ $0[digest] != nil }) { return true }
        return try holds(digest)
    }

    func isTree(_ digest: Digest) throws -> Bool {
        if let object = captured.withLock({ $0[digest] }) { return object.shape == .tree }
        return try withReader { connection in
            try connection.first("SELECT shape = 'tree' FROM object WHERE digest = ?", .blob(digest.bytes)) {
                $0.integer(0) == 1
            } ?? false
        }
    }

    /// The plain copy of an object, made again where it is gone or somebody has written to it.
    func plainCopy(of digest: Digest) throws -> FilePath {
        let place = workFolder.object(digest)
        if let status = try? FileStatus(of: place, followsLinks: false) {
            if WorkFolder.isUntouched(status) { return place }
            // Of what is not in the database yet there is nothing else.
            if captured.withLock({ $0[digest] != nil }) { try WorkFolder.checkUntouched(status, digest) }
        }
        try FileSystem.makeDirectories(place.parent)
        let part = workFolder.partial(digest)
        do {
            let file = try File(part, .writing)
            try forEachChunk(of: digest) { try file.write($0) }
            try WorkFolder.seal(part)
        } catch {
            try? FileSystem.removeFile(part)
            throw error
        }
        try FileSystem.rename(part, to: place)
        return place
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
