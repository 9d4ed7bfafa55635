internal import Digests
internal import Files
internal import Parallelism

/// A file to write from the store.
struct ExportedFile: Sendable {
    let digest: Digest
    /// Where to write it.
    let path: FilePath
    /// Where it will be in the end.
    let final: FilePath
    let isExecutable: Bool
}

/// Writes ordinary files from the store.
struct FileExport {
    let parts: StoreParts
    /// What has been written.
    private(set) var written = WrittenFiles()

    /// How many files are read from the database at a time.
    private static let batch = 64

    init(parts: StoreParts) { self.parts = parts }

    /// Writes new files. While some are written, the small ones among the next are read and checked on another thread.
    mutating func write(_ files: [ExportedFile]) throws {
        let reader = parts.reader
        try Parallel.overlap(batchesOf: Self.batch, files) { batch in
            try reader.smallContents(of: batch.map(\.digest))
        } use: { batch, contents in
            for (file, content) in zip(batch, contents) {
                try write(file, content, isAlone: files.count == 1)
            }
        }
    }

    /// Writes a file.
    ///
    /// - Parameters:
    ///   - content: its content; nil to read it from where it is: it may be large, or not in the database yet, or damaged.
    ///   - isAlone: true for the only file: it is flushed here, and the disk begins before all of it is read.
    private mutating func write(_ file: ExportedFile, _ content: [UInt8]?, isAlone: Bool) throws {
        if let content {
            try File(file.path, .writing).write(content)
        } else {
            try parts.materializer.copy(
                file.digest, to: file.path, synchronizes: isAlone, keepsCopy: false)
        }
        if file.isExecutable { try FileSystem.setMode(0o755, of: file.path) }
        written.add(file.path, becoming: file.final, file.digest)
    }
}
