internal import Files

/// Notes where files are written aside, so that the next process removes what one that was killed has left there.
///
/// A published file, and what `cache get` writes, is first written beside its target, wherever that is. The note is a
/// symbolic link to it: it takes no space, and is there or not.
struct UnfinishedExports {
    let work: WorkFolder

    private var folder: FilePath { work.path.appending("exports") }

    /// Where a file that is to be at `path` is written first.
    static func part(for path: FilePath) -> FilePath {
        FilePath(path.text + suffix(ProcessIdentity.token))
    }

    private static func suffix(_ token: String) -> String { ".\(token).part" }

    /// Notes that this process writes a part.
    ///
    /// - Returns: the note; nil if the store takes none, in which case a part may be left behind.
    func note(_ part: FilePath) -> FilePath? {
        let note = folder.appending("\(ProcessIdentity.token)-\(WorkFolder.serial.next())")
        do {
            // Who is alive must be known, or the part would be removed while it is written.
            try work.locks.acquire()
            try FileSystem.makeDirectories(folder)
            try FileSystem.symbolicLink(to: part.resolved(against: FileSystem.workingDirectory()), at: note)
            return note
        } catch {
            return nil
        }
    }

    /// Removes the parts of processes that are gone.
    func sweep() {
        for name in (try? FileSystem.names(in: folder)) ?? [] {
            let token = String(name.prefix { $0 != "-" })
            guard ProcessIdentity.isToken(token), !work.locks.isAlive(token: token) else { continue }
            let note = folder.appending(name)
            if let part = try? FileSystem.target(ofLink: note), part.text.hasSuffix(Self.suffix(token)) {
                // The note stays if the part does, for instance because it is on a disk that is not there at the moment.
                guard (try? FileSystem.removeTree(part)) != nil else { continue }
            }
            try? FileSystem.removeFile(note)
        }
    }
}
