internal import Dataflow
internal import Digests
internal import Files

/// Names finished outputs by their content and moves them, without copying, to the work folder.
struct Capture {
    let parts: StoreParts

    /// The maximum depth of an output tree.
    static let maximumDepth = 64
    /// The maximum number of files and folders in an output tree.
    static let maximumEntries = 1_000_000
    /// The longest path that a symbolic link may have.
    static let longestLink = 4096

    private var entriesLeft = Self.maximumEntries
    private let isUnwanted: () -> Bool

    /// A capture that ends with an error once it is unwanted.
    init(parts: StoreParts, isUnwanted: @escaping () -> Bool) {
        self.parts = parts
        self.isUnwanted = isUnwanted
    }

    /// Captures an output, reading its bytes once. A directory becomes a tree of objects; special files and links that lead
    /// out of it are errors.
    mutating func capture(_ path: FilePath, shape: Artifact.Shape) throws -> Artifact {
        let status = try FileStatus(of: path, followsLinks: false)
        switch (shape, status.kind) {
        case (.file, .file):
            let artifact = try captureFile(path, status)
            return Artifact(
                digest: artifact.digest, shape: .file, size: artifact.size, isExecutable: status.isExecutable)
        case (.tree, .directory): return try captureTree(path, depth: 0)
        case (_, .symbolicLink):
            throw StoreError(
                .invalid, "the output '\(path.lastComponent)' is a symbolic link; write a file in its place")
        case (.file, _):
            throw StoreError(.invalid, "the output '\(path.lastComponent)' should be a file and is not")
        case (.tree, _):
            throw StoreError(.invalid, "the output '\(path.lastComponent)' should be a directory and is not")
        }
    }

    private func captureFile(_ path: FilePath, _ status: FileStatus) throws -> Artifact {
        let size = try makeOwn(path, status).size
        // First, so that the bytes that are hashed are those that are stored.
        try WorkFolder.seal(path)
        let writing =
            size > ChunkWriter.largeObject
            ? BackgroundWriting(try File(path, .reading), parts: parts) : nil
        do {
            let digest = try digest(of: path)
            if writing != nil, try parts.database.lookUp({ try $0.objects.isWhole(digest) }) {
                writing?.cancel()
            }
            try keep(
                path, as: digest, CapturedObject(shape: .file, size: size, children: [], writing: writing))
            return Artifact(digest: digest, shape: .file, size: size)
        } catch {
            writing?.cancel()
            throw error
        }
    }

    /// Replaces an output with a copy if it has several names or another owner: it may be a user's file that the stage has linked,
    /// which must not become read-only or part of the store. Returns the status of the resulting file.
    private func makeOwn(_ output: FilePath, _ status: FileStatus) throws -> FileStatus {
        guard status.linkCount > 1 || !status.isOwn else { return status }
        let copy = FilePath(output.text + ".\(ProcessIdentity.token).part")
        do {
            try FileContents.copy(output, to: copy)
            if status.isExecutable { try FileSystem.setMode(0o755, of: copy) }
            try FileSystem.rename(copy, to: output)
        } catch {
            try? FileSystem.removeFile(copy)
            throw error
        }
        return try FileStatus(of: output, followsLinks: false)
    }

    private func digest(of path: FilePath) throws -> Digest {
        let file = try File(path, .reading)
        // A process that has it open could still change it after it was hashed.
        guard !file.hasWriter else {
            throw StoreError(
                .invalid,
                "some process still has the output '\(path.lastComponent)' open for writing, and could change it"
            )
        }
        var hasher = SHA256()
        try FileContents.forEachPiece(of: file, path) { bytes in
            guard !isUnwanted() else { throw StoreError(.failed, "the output is no longer wanted") }
            hasher.update(bytes)
        }
        return hasher.finalize()
    }

    private mutating func captureTree(_ path: FilePath, depth: Int) throws -> Artifact {
        guard depth < Self.maximumDepth else {
            throw StoreError(
                .invalid, "the output tree is more than \(Self.maximumDepth) folders deep at \(path)")
        }
        var entries: [TreeManifest.Entry] = []
        var total = 0
        // Some tools make their folders read-only; what is in them is moved out.
        if try FileStatus(of: path, followsLinks: false).permissions & 0o700 != 0o700 {
            try FileSystem.setMode(0o700, of: path)
        }
        for name in try FileSystem.names(in: path) {
            entriesLeft -= 1
            guard entriesLeft >= 0 else {
                throw StoreError(.invalid, "the output tree has more than \(Self.maximumEntries) entries")
            }
            let inner = path.appending(name)
            let status = try FileStatus(of: inner, followsLinks: false)
            let artifact: Artifact
            let kind: TreeManifest.Entry.Kind
            switch status.kind {
            case .file:
                artifact = try captureFile(inner, status)
                kind = status.isExecutable ? .executable : .file
            case .directory:
                artifact = try captureTree(inner, depth: depth + 1)
                kind = .tree
            case .symbolicLink:
                artifact = try captureLink(inner, depth: depth)
                kind = .link
            case .other:
                throw StoreError(
                    .invalid, "the output has something at \(inner) that is neither a file nor a folder")
            }
            total += artifact.size
            entries.append(TreeManifest.Entry(name: name, kind: kind, digest: artifact.digest))
        }
        let tree = try captureManifest(TreeManifest(entries: entries), size: total)
        try FileSystem.removeTree(path)
        return tree
    }

    /// Captures the target of a link as text. The file that it leads to is captured separately.
    private func captureLink(_ path: FilePath, depth: Int) throws -> Artifact {
        let target = try FileSystem.target(ofLink: path)
        let bytes = target.bytes
        guard target.staysInTree(depth: depth), bytes.count <= Self.longestLink else {
            throw StoreError(
                .invalid,
                "the output has a symbolic link at \(path) to \(target), which leads, or may lead, out of it; write "
                    + "a file in its place, or a relative link such as ../lib/x")
        }
        let artifact = try captureText(bytes, CapturedObject(shape: .file, size: bytes.count, children: []))
        try FileSystem.removeFile(path)
        return artifact
    }

    private func captureManifest(_ manifest: TreeManifest, size: Int) throws -> Artifact {
        let children = manifest.entries.map(\.digest)
        return try captureText(manifest.bytes, CapturedObject(shape: .tree, size: size, children: children))
    }

    /// Captures bytes that are not in a file yet.
    private func captureText(_ bytes: [UInt8], _ object: CapturedObject) throws -> Artifact {
        let digest = SHA256.digest(of: bytes)
        let temporary = parts.work.partial(digest)
        try FileSystem.makeDirectories(temporary.parent)
        try FileContents.write(bytes, to: temporary)
        try WorkFolder.seal(temporary)
        try keep(temporary, as: digest, object)
        return Artifact(digest: digest, shape: object.shape, size: object.size)
    }

    /// Moves a sealed file to its place among the plain copies.
    private func keep(_ path: FilePath, as digest: Digest, _ object: CapturedObject) throws {
        let status = try FileStatus(of: path, followsLinks: false)
        try WorkFolder.checkUntouched(status, digest)
        let place = parts.work.object(digest)
        try FileSystem.makeDirectories(place.parent)
        let placed = try move(path, status, to: place, digest)
        parts.copies.add(digest, placed)
        // It has been copied to another file system, or renaming has done nothing since both names were one file's.
        if placed.device != status.device || status.linkCount > 1 { try FileSystem.removeTree(path) }
        parts.captured.add(digest, object)
    }

    /// Renames a file, or copies it if it is on another file system, and returns the status of the result.
    private func move(
        _ path: FilePath, _ status: FileStatus, to place: FilePath, _ digest: Digest
    ) throws -> FileStatus {
        do {
            try parts.work.place(path, at: place)
            return status
        } catch {
            guard error.isCrossDevice else { throw error }
            let part = parts.work.partial(digest)
            try FileContents.copy(path, to: part)
            try WorkFolder.seal(part)
            let status = try FileStatus(of: part, followsLinks: false)
            try parts.work.place(part, at: place)
            return status
        }
    }
}

extension SHA256 {
    /// The digest of a file's bytes.
    static func digest(ofFile path: FilePath) throws -> Digest {
        var hasher = SHA256()
        try FileContents.forEachPiece(of: path) { hasher.update($0) }
        return hasher.finalize()
    }
}
