internal import Clocks
internal import Digests
public import Files

/// The folder next to the database: active attempts, and recent artifacts as plain read-only files.
///
/// It is only a cache: everything in it may be removed at any time between runs.
public struct WorkFolder: Sendable {
    /// The folder.
    public let path: FilePath
    let locks: ProcessLocks

    static func path(nextTo store: FilePath) -> FilePath { store.parent.appending("work") }

    var objects: FilePath { path.appending("objects") }
    /// A folder for each process with attempts.
    public var attempts: FilePath { path.appending("attempts") }
    /// What failed or killed attempts have left for the next attempt with the same key: one folder per key.
    public var resume: FilePath { path.appending("resume") }

    /// The folders of failed attempts that the user wanted to keep: one per stage name.
    public var failed: FilePath { path.appending("failed") }

    /// What runs have left for the pipeline's next run: one file per pipeline.
    public static func remembered(besideStore store: FilePath) -> FilePath {
        remembered(in: path(nextTo: store))
    }

    private static func remembered(in folder: FilePath) -> FilePath { folder.appending("remembered") }

    /// How long those are kept after the last write, in nanoseconds: four weeks.
    static let resumeLifetime: Int64 = 28 * 86_400 * 1_000_000_000

    /// The path of an object's plain copy, whether or not it exists.
    func object(_ digest: Digest) -> FilePath {
        let name = digest.hexadecimal
        return objects.appending(String(name.prefix(2))).appending(name)
    }

    /// A name unique to this process, for writing a file before it is moved to `object`.
    func partial(_ digest: Digest) -> FilePath {
        FilePath(object(digest).text + ".\(ProcessIdentity.token)-\(Self.serial.next()).part")
    }

    /// Turns a sealed file into a plain copy, replacing whatever is in its place.
    func place(_ file: FilePath, at place: FilePath) throws(FileError) {
        do {
            try FileSystem.rename(file, to: place)
        } catch {
            // Only another program would create a folder there.
            guard try FileStatus(of: place, followsLinks: false).kind == .directory else { throw error }
            try FileSystem.removeTree(place)
            try FileSystem.rename(file, to: place)
        }
    }

    static let serial = Serial()

    /// The modification time of all plain copies: a copy with another time has been written to.
    ///
    /// 2000-01-01 UTC. It also keeps dates out of files that stages make from their inputs, such as archives.
    static let sealedTime: Int64 = 946_684_800

    /// Seals a file as a plain copy: read-only, with the time that reveals later writes.
    static func seal(_ path: FilePath) throws(FileError) {
        try FileSystem.setMode(0o444, of: path)
        try FileSystem.setModified(sealedTime, of: path)
    }

    static func isUntouched(_ status: FileStatus) -> Bool {
        status.modified == sealedTime * 1_000_000_000 && status.kind == .file
    }

    static func checkUntouched(_ status: FileStatus, _ digest: Digest) throws(StoreError) {
        guard isUntouched(status) else { throw StoreError.writtenTo(digest) }
    }

    /// A new folder for the attempts of this process; `sweep` removes it once the process is gone.
    public func makeAttemptsFolder() throws -> FilePath {
        try locks.acquire()
        let folder = attemptsFolder(of: .current)
        try FileSystem.makeDirectories(folder)
        return folder
    }

    /// Where a process's attempts are.
    func attemptsFolder(of process: ProcessIdentity) -> FilePath {
        attempts.appending(Self.exchanging("/", for: "+", in: process.text))
    }

    /// The processes that have folders for attempts.
    func processesOfAttempts() -> [ProcessIdentity] {
        ((try? FileSystem.names(in: attempts)) ?? []).compactMap(Self.process(ofAttempts:))
    }

    private static func process(ofAttempts name: String) -> ProcessIdentity? {
        ProcessIdentity(text: exchanging("+", for: "/", in: name))
    }

    private static func exchanging(
        _ old: Unicode.Scalar, for new: Unicode.Scalar, in text: String
    ) -> String {
        let (old, new) = (UInt8(ascii: old), UInt8(ascii: new))
        return String(decoding: text.utf8.map { $0 == old ? new : $0 }, as: UTF8.self)
    }

    /// Removes saved progress that no attempt resumed, kept folders of failed attempts, and what runs have left for later ones, if
    /// they are old.
    ///
    /// - Parameter now: nanoseconds since 1970.
    func removeStaleProgress(now: Int64) {
        let progress = ((try? FileSystem.names(in: resume)) ?? []).filter { Digest(hexadecimal: $0) != nil }
        let failures = (try? FileSystem.names(in: failed)) ?? []
        let runs = (try? FileSystem.names(in: Self.remembered(in: path))) ?? []
        for folder in progress.map({ resume.appending($0) }) + failures.map({ failed.appending($0) })
            + runs.map({ Self.remembered(in: path).appending($0) })
        {
            // Saving progress renames a file in the folder, which changes the folder's time.
            guard let status = try? FileStatus(of: folder, followsLinks: false),
                isOld(status.modified, now: now)
            else { continue }
            try? FileSystem.removeTree(folder)
        }
    }

    /// True for a time long ago. A date far in the future comes from a wrong clock, and must not keep anything until then.
    private func isOld(_ time: Int64, now: Int64) -> Bool {
        let (age, isFar) = now.subtractingReportingOverflow(time)
        return isFar || age.magnitude > UInt64(Self.resumeLifetime)
    }

    /// True for a folder that was last written to so long ago that nothing can still be using it.
    private func isAbandoned(_ folder: FilePath) -> Bool {
        guard let status = try? FileStatus(of: folder, followsLinks: false) else { return false }
        return isOld(status.changed, now: Int64(WallClock.seconds() * 1e9))
    }

    /// Removes the attempts of dead processes, and old saved progress.
    ///
    /// - Returns: the number of attempt folders removed.
    @discardableResult
    public func sweep() -> Int {
        removeStaleProgress(now: Int64(WallClock.seconds() * 1e9))
        UnfinishedExports(work: self).sweep()
        defer { locks.sweep() }
        guard let names = try? FileSystem.names(in: attempts) else { return 0 }
        var removed = 0
        for name in names {
            guard let identity = Self.process(ofAttempts: name) else { continue }
            // For processes on other hosts, of versions without locks, age has to decide.
            let isGone = locks.isAlive(identity).map { !$0 } ?? isAbandoned(attempts.appending(name))
            guard isGone else { continue }
            if (try? FileSystem.removeTree(attempts.appending(name))) != nil { removed += 1 }
        }
        return removed
    }
}
