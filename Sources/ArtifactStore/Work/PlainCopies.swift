internal import Digests
internal import Files

extension WorkFolder {
    /// A plain copy.
    struct PlainCopy {
        let path: FilePath
        let status: FileStatus
        /// The object; nil for an unfinished copy.
        let digest: Digest?

        /// True unless another file is there now. Each link made for a stage changes the time of the last attribute change.
        func isStill(_ now: FileStatus) -> Bool {
            now.device == status.device && now.inode == status.inode && now.modified == status.modified
        }

        /// The token of the process that writes or wrote an unfinished copy.
        var writer: String? {
            // "DIGEST.TOKEN-NUMBER.part"
            let words = path.lastComponent.utf8.split(separator: UInt8(ascii: "."))
            guard digest == nil, words.count == 3, words[2].elementsEqual("part".utf8) else { return nil }
            let token = String(decoding: words[1].prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self)
            return ProcessIdentity.isToken(token) ? token : nil
        }
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

extension StoreParts {
    /// Removes a plain copy, unless it was replaced since it was listed, or the database does not have its bytes.
    ///
    /// The database must be locked for writing: otherwise, a collection could free the object, and a run could capture it again,
    /// between the check of the database and the removal of what would then be the only copy.
    ///
    /// - Returns: true if it was removed.
    func removeRecoverable(_ copy: WorkFolder.PlainCopy) throws -> Bool {
        guard let digest = copy.digest else { return false }
        return try database.undisturbed { tables, _ in
            guard try tables.objects.isWhole(digest),
                let status = try? FileStatus(of: copy.path, followsLinks: false), copy.isStill(status)
            else { return false }
            return (try? FileSystem.removeFile(copy.path)) != nil
        }
    }
}

/// Limits the total size of the plain copies.
struct CopyTrimmer {
    let parts: StoreParts

    /// Removes plain copies, longest unused first, until at most `budget` bytes remain. What is not in the database yet, here
    /// or in another process, stays.
    ///
    /// - Returns: the number of bytes removed.
    func trim(to budget: Int) throws -> Int {
        var copies = withoutUnfinished(parts.work.plainCopies())
        var left = copies.reduce(0) { $0.adding($1.status.size) }
        guard left > budget else { return 0 }
        // Every hard link made for a stage has changed this time.
        copies.sort { $0.status.changed < $1.status.changed }
        var removed = 0
        for copy in copies where left > budget {
            guard try parts.removeRecoverable(copy) else { continue }
            left -= copy.status.size
            removed = removed.adding(copy.status.size)
        }
        return removed
    }

    /// Removes the unfinished copies of killed processes, and returns the others.
    private func withoutUnfinished(_ copies: [WorkFolder.PlainCopy]) -> [WorkFolder.PlainCopy] {
        copies.filter { copy in
            guard let writer = copy.writer, !parts.database.locks.isAlive(token: writer) else { return true }
            return (try? FileSystem.removeFile(copy.path)) == nil
        }
    }
}
