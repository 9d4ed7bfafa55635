internal import Digests
internal import Files
internal import SQLite
internal import Synchronization

extension WorkFolder {
    /// A file among the plain copies.
    struct PlainCopy {
        let path: FilePath
        let status: FileStatus
        /// The object; nil for what was left half done.
        let digest: Digest?
    }

    /// All files among the plain copies.
    func plainCopies() -> [PlainCopy] {
        var files: [PlainCopy] = []
        for group in (try? FileSystem.names(in: objects)) ?? [] {
            let folder = objects.appending(group)
            for name in (try? FileSystem.names(in: folder)) ?? [] {
                let path = folder.appending(name)
                guard let status = try? FileStatus(of: path, followsLinks: false) else { continue }
                files.append(PlainCopy(path: path, status: status, digest: Digest(hexadecimal: name)))
            }
        }
        return files
    }
}

extension ArtifactStore {
    /// How many bytes of plain copies stay after a run, unless the user says otherwise.
    public static let defaultWorkBudget = 4 << 30

    /// Removes plain copies, those first that have not been used for longest, until the rest takes at most `budget`
    /// bytes. What is not in the database yet, here or in another process, stays.
    ///
    /// - Returns: how many bytes were removed.
    @discardableResult
    public func trimWork(to budget: Int = ArtifactStore.defaultWorkBudget) throws -> Int {
        var copies = workFolder.plainCopies()
        let total = copies.reduce(0) { $0.adding($1.status.size) }
        guard total > budget else { return 0 }
        // Every hard link that a stage was given has changed this time.
        copies.sort { $0.status.changed < $1.status.changed }
        var removed = 0
        for copy in copies where total - removed > budget {
            guard let digest = copy.digest, try holds(digest) else { continue }
            try? FileSystem.removeFile(copy.path)
            removed = removed.adding(copy.status.size)
        }
        return removed
    }

    /// Removes the plain copies that the database does not know. Only while no run is active.
    func removeLeftovers() throws -> Int {
        var removed = 0
        for copy in workFolder.plainCopies() {
            if let digest = copy.digest {
                if captured.withLock({ $0[digest] != nil }) { continue }
                let isKnown = try withConnection { connection in
                    try connection.first("SELECT 1 FROM object WHERE digest = ?", .blob(digest.bytes)) { _ in
                        true
                    }
                }
                if isKnown == true { continue }
            }
            try? FileSystem.removeFile(copy.path)
            removed = removed.adding(copy.status.size)
        }
        return removed
    }
}
