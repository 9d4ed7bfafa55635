internal import Clocks
public import Files

/// Keeps a store small and sound.
public struct Maintenance: Sendable {
    let parts: StoreParts

    /// How many bytes of plain copies remain after a run by default: 20 GB.
    public static let defaultCopyBudget = 20_000_000_000

    /// Frees what the policy does not keep. While any process has an active run, nothing is freed.
    ///
    /// - Parameter dryRun: true to change nothing and only report what would be freed.
    public func collect(_ policy: CollectionPolicy, dryRun: Bool = false) throws -> CollectionReport {
        try Collector(parts: parts, policy: policy).collect(dryRun: dryRun)
    }

    /// Removes the plain copies next to a database that cannot be opened for lack of space. Nothing is lost: copies whose bytes
    /// are not in the database are leftovers, unless a process works on the store; in that case, nothing is removed.
    ///
    /// - Returns: the number of bytes removed.
    public static func makeRoom(nextTo store: FilePath) -> Int {
        let locks = ProcessLocks(nextTo: store)
        let work = WorkFolder(path: store.parent.appending("work"), locks: locks)
        let now = Int64(WallClock.seconds() * 1e9)
        guard !locks.areAnyHeld() else { return 0 }
        var removed = 0
        // Newer copies may belong to a process that has started since.
        for copy in work.plainCopies() where copy.status.changed < now {
            guard (try? FileSystem.removeFile(copy.path)) != nil else { continue }
            removed = removed.adding(copy.status.size)
        }
        return removed
    }

    /// Clears what processes of a lost host have left behind. Processes that still hold their locks are skipped.
    ///
    /// - Parameter forces: true to clear those too.
    public func clear(host: String, forces: Bool = false) throws -> HostClearingReport {
        try HostClearing(parts: parts).clear(host: host, forces: forces)
    }

    /// Reads every chunk and every plain copy, compares them with their digests, and marks damaged artifacts, so that the next
    /// run recomputes them. It takes no lock while it reads.
    ///
    /// - Parameter progress: called from time to time with the number of chunks read and the total.
    public func verify(
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> VerificationReport {
        var verifier = Verifier(parts: parts)
        return try verifier.verify(progress: progress)
    }

    /// Removes plain copies, longest unused first, until at most `budget` bytes remain. Copies that are not in the database yet,
    /// here or in another process, are kept.
    ///
    /// - Returns: the number of bytes removed; 0, without looking, if this process has added no copies.
    @discardableResult
    public func trimCopies(to budget: Int = Maintenance.defaultCopyBudget) throws -> Int {
        guard parts.copies.hasAdded else { return 0 }
        return try CopyTrimmer(parts: parts).trim(to: budget)
    }
}
