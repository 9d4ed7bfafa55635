internal import Digests
internal import Files

extension WorkFolder {
    /// A plain copy.
    struct PlainCopy {
        let path: FilePath
        let status: FileStatus
        /// The object; nil for an unfinished copy.
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

    /// The total size of all plain copies.
    func plainSize() -> Int { plainCopies().reduce(0) { $0.adding($1.status.size) } }
}

/// Limits the total size of the plain copies.
struct CopyTrimmer {
    let parts: StoreParts

    /// Removes plain copies, longest unused first, until at most `budget` bytes remain. What is not in the database
    /// yet,
    /// here or in another process, stays.
    ///
    /// - Returns: the number of bytes removed.
    func trim(to budget: Int) throws -> Int {
        var copies = parts.work.plainCopies()
        var left = copies.reduce(0) { $0.adding($1.status.size) }
        guard left > budget else { return 0 }
        // Every hard link made for a stage has changed this time.
        copies.sort { $0.status.changed < $1.status.changed }
        var removed = 0
        for copy in copies where left > budget {
            guard let digest = copy.digest,
                try parts.database.lookUp({ try $0.objects.isWhole(digest) }),
                (try? FileSystem.removeFile(copy.path)) != nil
            else { continue }
            left -= copy.status.size
            removed = removed.adding(copy.status.size)
        }
        return removed
    }
}
