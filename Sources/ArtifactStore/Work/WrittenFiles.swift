internal import Digests
internal import Files

/// Files that were written from the store for a user, so that the next update knows their content without reading them.
struct WrittenFiles {
    private struct Written {
        let path: FilePath
        let status: FileStatus
        let digest: Digest
    }

    private var files: [Written] = []

    /// The most files that are remembered.
    private static let most = 100_000

    /// Adds a file that is complete, except that it may still be renamed or get another mode.
    ///
    /// - Parameters:
    ///   - path: where it is now.
    ///   - final: where it will be.
    mutating func add(_ path: FilePath, becoming final: FilePath, _ digest: Digest) {
        // The time of the last change also changes with a rename, so the exact time of modification has to tell whether anything
        // else has written to the file.
        guard files.count < Self.most, let status = FileSystem.stampModified(path) else { return }
        files.append(Written(path: final, status: status, digest: digest))
    }

    /// Adds those of another list.
    mutating func add(_ other: WrittenFiles) { files += other.files }

    /// Records the files, now that they are in place, in the store. This only saves time later, so a failure does not matter.
    func remember(_ parts: StoreParts) {
        guard parts.mode == .readWrite else { return }
        let known = files.compactMap { file -> Written? in
            guard let now = FileStatus(at: file.path, followsLinks: false), now.isWritten(file.status) else {
                return nil
            }
            let path = file.path.resolved(against: parts.workingDirectory)
            return Written(path: path, status: now, digest: file.digest)
        }
        guard !known.isEmpty else { return }
        try? parts.database.transaction { tables in
            for file in known { try tables.sources.insert(file.path.text, file.status, file.digest) }
        }
    }
}

extension FileStatus {
    /// True for the same file with the same content, perhaps under another name or with another mode.
    fileprivate func isWritten(_ before: FileStatus) -> Bool {
        kind == .file && device == before.device && inode == before.inode && size == before.size
            && modified == before.modified
    }
}
