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

    /// Reads every chunk and every plain copy, compares them with their digests, and marks damaged artifacts, so that
    /// the next
    /// run recomputes them. It takes no lock while it reads.
    ///
    /// - Parameter progress: called from time to time with the number of chunks read and the total.
    public func verify(
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> VerificationReport {
        var verifier = Verifier(parts: parts)
        return try verifier.verify(progress: progress)
    }

    /// Removes plain copies, longest unused first, until at most `budget` bytes remain. What is not in the database
    /// yet, here
    /// or in another process, stays.
    ///
    /// - Returns: the number of bytes removed; 0, without looking, if this process has added no copies.
    @discardableResult
    public func trimCopies(to budget: Int = Maintenance.defaultCopyBudget) throws -> Int {
        guard parts.copies.hasAdded else { return 0 }
        return try CopyTrimmer(parts: parts).trim(to: budget)
    }
}
