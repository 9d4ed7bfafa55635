internal import Files

/// Records where partial files are written, so that the next process removes those of a killed one.
///
/// Published files, and those of `cache get`, are first written next to their targets, wherever those are. The record is a
/// symbolic link to the partial file: it takes no space, and is created atomically.
struct UnfinishedExports {
    let work: WorkFolder

    private var folder: FilePath { work.path.appending("exports") }

    /// Where a file that is to be at `path` is written first.
    static func part(for path: FilePath) -> FilePath {
        FilePath(path.text + suffix(ProcessIdentity.token))
    }

    private static func suffix(_ token: String) -> String { ".\(token).part" }

    /// Records that this process is writing a partial file.
    ///
    /// - Returns: the record; nil if the store cannot be written, so that a partial file may be left behind.
    func note(_ part: FilePath) -> FilePath? {
        let note = folder.appending("\(ProcessIdentity.token)-\(WorkFolder.serial.next())")
        do {
            // This process must be known to be alive, or the partial file would be removed while it is written.
            try work.locks.acquire()
            try FileSystem.makeDirectories(folder)
            try FileSystem.symbolicLink(to: part.resolved(against: FileSystem.workingDirectory()), at: note)
            return note
        } catch {
            return nil
        }
    }

    /// Removes the partial files of dead processes.
    func sweep() {
        for name in (try? FileSystem.names(in: folder)) ?? [] {
            let token = String(name.prefix { $0 != "-" })
            guard ProcessIdentity.isToken(token), !work.locks.isAlive(token: token) else { continue }
            let note = folder.appending(name)
            if let part = try? FileSystem.target(ofLink: note), part.text.hasSuffix(Self.suffix(token)) {
                // The record stays if the file does, for instance because its disk is not mounted at the moment.
                guard (try? FileSystem.removeTree(part)) != nil else { continue }
            }
            try? FileSystem.removeFile(note)
        }
    }
}

extension StoreParts {
    /// Removes the partial files of dead processes, if this one may write.
    func sweepExports() {
        if mode == .readWrite { UnfinishedExports(work: work).sweep() }
    }
}
