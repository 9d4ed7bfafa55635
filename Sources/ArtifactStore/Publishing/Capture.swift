public import Dataflow
internal import Digests
public import Files
internal import Synchronization

/// What this process knows of an object that is not in the database yet.
struct CapturedObject: Sendable {
    let shape: Artifact.Shape
    let size: Int
    /// The objects that a tree's manifest names; empty for a file.
    let children: [Digest]
    /// Its chunks, where they are being written already.
    var writing: BackgroundWriting?
}

extension ArtifactStore {
    /// How deep an output tree may be.
    static let maximumDepth = 64
    /// How many files and folders an output tree may have.
    static let maximumEntries = 1_000_000

    /// Names a finished output by its content and moves it, without a copy, to the work folder.
    ///
    /// One pass over the bytes. A directory becomes a tree of objects; links and special files are errors.
    public func capture(_ path: FilePath, shape: Artifact.Shape) throws -> Artifact {
        do {
            let status = try FileStatus(of: path, followsLinks: false)
            switch (shape, status.kind) {
            case (.file, .file): return try captureFile(path)
            case (.tree, .directory):
                var budget = Self.maximumEntries
                return try captureTree(path, depth: 0, budget: &budget)
            case (_, .symbolicLink):
                throw StoreError(
                    .invalid,
                    "the output '\(path.lastComponent)' is a symbolic link; write a file in its place")
            case (.file, _):
                throw StoreError(.invalid, "the output '\(path.lastComponent)' should be a file and is not")
            case (.tree, _):
                throw StoreError(
                    .invalid, "the output '\(path.lastComponent)' should be a directory and is not")
            }
        } catch {
            throw StoreError(error, store: self.path)
        }
    }

    /// The SHA-256 of a file's bytes.
    static func digest(ofFile path: FilePath) throws -> Digest {
        var hasher = SHA256()
        try FileContents.forEachPiece(of: path) { hasher.update($0) }
        return hasher.finalize()
    }

    private func captureFile(_ path: FilePath) throws -> Artifact {
        let size = try FileStatus(of: path, followsLinks: false).size
        // First, so that what is hashed and what is stored are the same bytes.
        try WorkFolder.seal(path)
        let writing =
            size > Self.largeObject ? BackgroundWriting(try File(path, .reading), store: self) : nil
        do {
            let digest = try Self.digest(ofFile: path)
            let object = CapturedObject(shape: .file, size: size, children: [], writing: writing)
            if writing != nil, try holds(digest) { writing?.cancel() }
            try keep(path, as: digest, object)
            return Artifact(digest: digest, shape: .file, size: size)
        } catch {
            writing?.cancel()
            throw error
        }
    }

    private func captureTree(_ path: FilePath, depth: Int, budget: inout Int) throws -> Artifact {
        guard depth < Self.maximumDepth else {
            throw StoreError(
                .invalid, "the output tree is more than \(Self.maximumDepth) folders deep at \(path)")
        }
        var entries: [TreeManifest.Entry] = []
        var total = 0
        for name in try FileSystem.names(in: path) {
            budget -= 1
            guard budget >= 0 else {
                throw StoreError(.invalid, "the output tree has more than \(Self.maximumEntries) entries")
            }
            let inner = path.appending(name)
            let status = try FileStatus(of: inner, followsLinks: false)
            switch status.kind {
            case .file:
                let artifact = try captureFile(inner)
                total += artifact.size
                entries.append(
                    TreeManifest.Entry(
                        name: name, kind: status.isExecutable ? .executable : .file, digest: artifact.digest))
            case .directory:
                let artifact = try captureTree(inner, depth: depth + 1, budget: &budget)
                total += artifact.size
                entries.append(TreeManifest.Entry(name: name, kind: .tree, digest: artifact.digest))
            case .symbolicLink:
                throw StoreError(
                    .invalid, "the output has a symbolic link at \(inner); write a file in its place")
            case .other:
                throw StoreError(
                    .invalid, "the output has something at \(inner) that is no file and no folder")
            }
        }
        let manifest = TreeManifest(entries: entries)
        let bytes = manifest.bytes
        let digest = SHA256.digest(of: bytes)
        let children = entries.map(\.digest)
        let temporary = workFolder.partial(digest)
        try FileSystem.makeDirectories(temporary.parent)
        try FileContents.write(bytes, to: temporary)
        try WorkFolder.seal(temporary)
        try keep(temporary, as: digest, CapturedObject(shape: .tree, size: total, children: children))
        try FileSystem.removeTree(path)
        return Artifact(digest: digest, shape: .tree, size: total)
    }

    /// Moves a sealed file to its place among the plain copies.
    private func keep(_ path: FilePath, as digest: Digest, _ object: CapturedObject) throws {
        let place = workFolder.object(digest)
        var status = try FileStatus(of: path, followsLinks: false)
        try WorkFolder.checkUntouched(status, digest)
        do {
            try FileSystem.makeDirectories(place.parent)
            try workFolder.place(path, at: place)
        } catch {
            guard error.isCrossDevice else { throw error }
            let part = workFolder.partial(digest)
            try FileContents.copy(path, to: part)
            try WorkFolder.seal(part)
            status = try FileStatus(of: part, followsLinks: false)
            try workFolder.place(part, at: place)
        }
        copies.add(digest, status)
        // Between two names of one file, such as an input that was linked to the output, rename does nothing.
        try FileSystem.removeTree(path)
        captured.withLock { $0[digest] = object }
    }
}
