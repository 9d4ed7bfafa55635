/// What keeps a store small and sound.
public struct Maintenance: Sendable {
    let parts: StoreParts

    /// How many bytes of plain copies stay after a run, unless the user says otherwise: 20 GB.
    public static let defaultCopyBudget = 20_000_000_000

    /// Frees what the policy does not keep. While a run is under way in any process, nothing is freed.
    ///
    /// - Parameter dryRun: true to change nothing and only say what would go.
    public func collect(_ policy: CollectionPolicy, dryRun: Bool = false) throws -> CollectionReport {
        try Collector(parts: parts, policy: policy).collect(dryRun: dryRun)
    }

    /// Reads every chunk and every plain copy, compares them with their digests, and marks the artifacts that are not whole,
    /// so that the next run makes them anew. It takes no lock while it reads.
    ///
    /// - Parameter progress: is called now and then with the chunks read and the chunks in all.
    public func verify(
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> VerificationReport {
        var verifier = Verifier(parts: parts)
        return try verifier.verify(progress: progress)
    }

    /// Removes plain copies, those first that have not been used for longest, until the rest takes at most `budget` bytes.
    /// What is not in the database yet, here or in another process, stays.
    ///
    /// - Returns: how many bytes were removed; 0, without a look, if this process has added no copies.
    @discardableResult
    public func trimCopies(to budget: Int = Maintenance.defaultCopyBudget) throws -> Int {
        guard parts.copies.hasAdded else { return 0 }
        return try CopyTrimmer(parts: parts).trim(to: budget)
    }
}
