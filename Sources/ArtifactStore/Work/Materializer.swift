internal import Dataflow
internal import Digests
internal import Files

/// Provides artifacts as files to stages and users.
struct Materializer {
    let parts: StoreParts

    /// Puts an artifact at `path` as read-only files: hard links to the plain copies, which are restored from the chunks if
    /// they are missing or wrong.
    ///
    /// - Throws: `StoreError.damaged` if a chunk is wrong; the artifact is marked, and the next run recomputes it.
    func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws {
        if let source = parts.adopted[artifact], try !isKept(artifact) {
            switch source {
            case .inPlace(let source): return try FileSystem.symbolicLink(to: source, at: path)
            case .copied(let source): return try SourceDigests(parts: parts).copy(source, artifact, to: path)
            }
        }
        if try parts.object(artifact)?.shape == .tree {
            try writeTree(try parts.entries(ofTree: artifact), at: path)
        } else if isExecutable {
            try placeExecutable(artifact, at: path)
        } else {
            try place(artifact, at: path)
        }
    }

    /// Copies an artifact to `path` as ordinary writable files, atomically replacing existing ones. When this returns,
    /// the files are on the disk.
    ///
    /// - Parameter remembers: true to record the files, so that an update need not read them.
    /// - Throws: `StoreError.invalid` if something other than a file or folder, such as a device, is at `path`.
    func export(
        _ artifact: Digest, to path: FilePath, isExecutable: Bool, remembers: Bool = false
    ) throws {
        if (try? FileStatus(of: path).kind) == .other {
            throw StoreError(
                .invalid,
                "\(path) is neither a file nor a folder, and is not replaced; `sluice cache cat` prints a file"
            )
        }
        let part = UnfinishedExports.part(for: path)
        let note = parts.mode == .readWrite ? UnfinishedExports(work: parts.work).note(part) : nil
        defer { if let note { try? FileSystem.removeFile(note) } }
        var written = WrittenFiles()
        do {
            try makeFolders(path.parent)
            try FileSystem.removeTree(part)
            if try parts.object(artifact)?.shape == .tree {
                written = try exportTree(artifact, to: part, final: path)
            } else {
                try copy(artifact, to: part, synchronizes: true, keepsCopy: false)
                if isExecutable { try FileSystem.setMode(0o755, of: part) }
                written.add(part, becoming: path, artifact)
            }
            try replace(path, with: part)
        } catch {
            try? FileSystem.removeTree(part)
            throw error
        }
        if remembers { written.remember(parts) }
    }

    /// Creates the folders that lead to a published file.
    private func makeFolders(_ folder: FilePath) throws {
        do {
            try FileSystem.makeDirectories(folder, synchronizes: true)
        } catch {
            guard error.isNotDirectory else { throw error }
            throw StoreError(
                .invalid, "\(folder) cannot be a folder, because a file is there or above it; remove the file"
            )
        }
    }

    /// Moves a finished part to its path and removes what was there.
    private func replace(_ path: FilePath, with part: FilePath) throws(FileError) {
        let previous = try? FileStatus(of: path, followsLinks: false).kind
        let isFolder = try FileStatus(of: part, followsLinks: false).kind == .directory
        // A file cannot take a folder's place by being renamed, nor a folder a file's.
        let exchanges = previous == .directory || previous != nil && isFolder
        if exchanges {
            do {
                try FileSystem.exchange(part, path)
            } catch {
                guard error.isUnsupported else { throw error }
                try FileSystem.removeTree(path)
                try FileSystem.rename(part, to: path)
            }
        } else {
            try FileSystem.rename(part, to: path)
        }
        try FileSystem.synchronizeDirectory(path.parent)
        if exchanges { try FileSystem.removeTree(part) }
    }

    /// True if the store itself has the content, independently of any equal external file.
    private func isKept(_ digest: Digest) throws -> Bool {
        if parts.captured[digest] != nil { return true }
        return try isDurable(digest)
    }

    private func isDurable(_ digest: Digest) throws -> Bool {
        try parts.database.lookUp { try $0.objects.isWhole(digest) }
    }

    /// The plain copy of a file, restored if it is missing, was truncated, or was written to.
    private func plainCopy(of digest: Digest) throws -> FilePath {
        let place = parts.work.object(digest)
        if parts.copies.holds(digest, at: place) { return place }
        // What is not in the database yet exists nowhere else.
        if parts.captured[digest] != nil, try !isDurable(digest) { throw StoreError.writtenTo(digest) }
        try FileSystem.makeDirectories(place.parent)
        let part = parts.work.partial(digest)
        let status: FileStatus
        do {
            let file = try File(part, .writing)
            try parts.reader.forEachUncheckedPiece(of: digest) { try file.write($0) }
            try WorkFolder.seal(part)
            status = try file.status()
        } catch {
            try? FileSystem.removeFile(part)
            throw error
        }
        try parts.work.place(part, at: place)
        parts.copies.add(digest, status)
        return place
    }

    /// Up to this many files and folders are flushed one by one; for more, the whole file system is flushed, which
    /// takes no longer than its slowest writer.
    private static let flushedAlone = 500

    /// Writes a tree as ordinary files and waits until it is on the disk.
    ///
    /// - Parameter final: where the tree will be.
    private func exportTree(_ digest: Digest, to path: FilePath, final: FilePath) throws -> WrittenFiles {
        let entries = try parts.entries(ofTree: digest)
        try FileSystem.makeDirectory(path)
        var files: [ExportedFile] = []
        for entry in entries {
            let inner = path.appending(entry.path)
            switch entry.kind {
            case .directory: try FileSystem.makeDirectory(inner)
            case .file, .executable:
                files.append(
                    ExportedFile(
                        digest: entry.digest, path: inner, final: final.appending(entry.path),
                        isExecutable: entry.kind == .executable))
            case .link: try FileSystem.symbolicLink(to: try parts.target(ofLink: entry), at: inner)
            }
        }
        var export = FileExport(parts: parts)
        try export.write(files)
        try flush(entries, at: path)
        return export.written
    }

    /// Waits until a tree is on the disk.
    private func flush(_ entries: [TreeEntry], at path: FilePath) throws {
        guard entries.count <= Self.flushedAlone else {
            return try FileSystem.synchronizeFileSystem(of: path)
        }
        for entry in entries {
            let inner = path.appending(entry.path)
            switch entry.kind {
            case .directory: try FileSystem.synchronizeDirectory(inner)
            case .file, .executable: try File(inner, .reading).synchronize()
            // A link's content is its name in a folder.
            case .link: break
            }
        }
        try FileSystem.synchronizeDirectory(path)
    }

    /// Writes a tree whose entries have been read and checked, as read-only files.
    private func writeTree(_ entries: [TreeEntry], at path: FilePath) throws {
        try FileSystem.makeDirectory(path)
        for entry in entries {
            let inner = path.appending(entry.path)
            switch entry.kind {
            case .directory: try FileSystem.makeDirectory(inner)
            case .file: try place(entry.digest, at: inner)
            case .executable: try placeExecutable(entry.digest, at: inner)
            case .link: try FileSystem.symbolicLink(to: try parts.target(ofLink: entry), at: inner)
            }
        }
    }

    /// Puts an executable file at `path`. The plain copy is shared with files that are not executable, so this file is separate.
    private func placeExecutable(_ digest: Digest, at path: FilePath) throws {
        try copy(digest, to: path)
        try FileSystem.setMode(0o555, of: path)
    }

    /// Puts a file at `path` as a link to the plain copy.
    private func place(_ digest: Digest, at path: FilePath) throws {
        do {
            try withPlainCopy(of: digest, for: path) { try FileSystem.link($0, at: path) }
        } catch let error as FileError where error.isCrossDevice || error.isDenied {
            try copy(digest, to: path, permissions: 0o444)
        }
    }

    /// Puts a file at `path` as a separate file.
    ///
    /// - Parameter keepsCopy: true to make a plain copy first if there is none, for those that will need it soon.
    func copy(
        _ digest: Digest, to path: FilePath, permissions: UInt32 = 0o666, synchronizes: Bool = false,
        keepsCopy: Bool = true
    ) throws {
        let hasCopy = parts.copies.holds(digest, at: parts.work.object(digest))
        // What is not in the database yet is nowhere else. A user who only inspects the store creates no plain copies: they, and
        // their folders, would belong to that user and lock the owner out.
        let makesCopy =
            parts.mode == .readWrite ? try keepsCopy || !isDurable(digest) : false
        guard hasCopy || makesCopy else {
            return try write(digest, to: path, permissions: permissions, synchronizes: synchronizes)
        }
        try withPlainCopy(of: digest, for: path) { copy in
            try FileContents.copy(copy, to: path, permissions: permissions, synchronizes: synchronizes)
        }
    }

    /// How many bytes are given to the disk at a time.
    private static let writtenAtOnce = 16 << 20

    /// Writes an artifact's chunks to a new file.
    private func write(
        _ digest: Digest, to path: FilePath, permissions: UInt32, synchronizes: Bool
    ) throws {
        do {
            let file = try File(path, .writing, permissions: permissions)
            var waiting = 0
            try parts.reader.forEachUncheckedPiece(of: digest) { bytes in
                try file.write(bytes)
                waiting += bytes.count
                // The disk starts on the first bytes before the last are read.
                guard synchronizes, waiting >= Self.writtenAtOnce else { return }
                file.beginSynchronizing()
                waiting = 0
            }
            if synchronizes { try file.synchronize() }
        } catch {
            try? FileSystem.removeFile(path)
            throw error
        }
    }

    /// How often a plain copy that is removed before it can be used is restored.
    private static let patience = 100

    /// Calls `body` with the plain copy of a file, and again if the copy was removed meanwhile, which can happen at any time. By
    /// the time `body` has failed, another process may have restored the copy, so its existence proves nothing.
    ///
    /// - Parameter path: what `body` creates; if its folder is missing, that is the reason for the failure.
    private func withPlainCopy(
        of digest: Digest, for path: FilePath, _ body: (FilePath) throws -> Void
    ) throws {
        for _ in 0..<Self.patience {
            let copy = try plainCopy(of: digest)
            do {
                return try body(copy)
            } catch let error as FileError where error.isMissing && FileSystem.exists(path.parent) {
                continue
            }
        }
        throw StoreError(.failed, "the plain copy of \(digest.abbreviated) keeps being removed")
    }
}
