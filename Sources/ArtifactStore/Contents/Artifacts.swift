public import Dataflow
public import Digests
public import Files

/// The content of a store's artifacts.
public struct Artifacts: ContentStoring {
    let parts: StoreParts

    /// True if the artifact and everything that it references are intact.
    public func holds(_ artifact: Digest) throws -> Bool {
        try parts.database.lookUp { try $0.objects.isWhole(artifact) }
    }

    /// Names a finished output by its content and moves it, without copying, to the work folder.
    ///
    /// Reads the bytes once. A directory becomes a tree of objects; special files, and links that lead out of it, are errors.
    public func capture(
        _ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool
    ) throws -> Artifact {
        try parts.convertingErrors {
            try withoutActuallyEscaping(isUnwanted) { isUnwanted in
                var capture = Capture(parts: parts, isUnwanted: isUnwanted)
                return try capture.capture(path, shape: shape)
            }
        }
    }

    /// Lets `materialize` make an external source's content available: in place, by a symbolic link, so that nothing is
    /// copied; several files, and a folder with the store in it, are copied.
    public func adopt(_ source: ExternalSource, digest: Digest) throws {
        try parts.convertingErrors { try SourceDigests(parts: parts).adopt(source, digest: digest) }
    }

    /// Puts an artifact at `path` as read-only files: hard links to the plain copies, which are restored from the
    /// chunks if they are missing or wrong.
    ///
    /// - Throws: `StoreError.damaged` if a chunk is wrong; the artifact is marked, and the next run recomputes it.
    public func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws {
        try parts.convertingErrors {
            try parts.materializer.materialize(artifact, at: path, isExecutable: isExecutable)
        }
    }

    /// Copies an artifact to `path` as ordinary writable files, atomically replacing existing ones. When this returns,
    /// the files are on the disk.
    public func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws {
        try parts.convertingErrors {
            try parts.materializer.export(artifact, to: path, isExecutable: isExecutable)
        }
    }

    /// Copies an artifact as `export` does, and remembers the files, so that an update need not read them. What killed processes have
    /// left is removed.
    public func exportForUpdates(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws {
        try parts.convertingErrors {
            parts.sweepExports()
            try parts.materializer.export(artifact, to: path, isExecutable: isExecutable, remembers: true)
        }
    }

    /// Updates the files at `path` to an artifact's content, as ordinary writable files: files that are the same are not touched,
    /// each other file is replaced atomically, or patched if it is large, and files that are not in the artifact are kept. When
    /// this returns, the files are on the disk.
    public func update(
        _ artifact: Digest, at path: FilePath, isExecutable: Bool
    ) throws -> ExportReport {
        try parts.convertingErrors {
            parts.sweepExports()
            var update = ExportUpdate(parts: parts)
            return try update.update(artifact, at: path, isExecutable: isExecutable)
        }
    }

    /// The content of a file.
    public func bytes(of artifact: Digest) throws -> [UInt8] {
        try parts.convertingErrors { try parts.bytes(of: artifact, limit: .max) }
    }

    /// The files in a tree.
    public func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)] {
        try parts.convertingErrors {
            try parts.entries(ofTree: artifact).filter { $0.kind != .directory }.map { ($0.path, $0.digest) }
        }
    }
}
