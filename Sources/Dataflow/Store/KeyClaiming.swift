/// Lets one process at a time compute a key.
public protocol KeyClaiming: Sendable {
    /// Claims the right to compute several keys for this process, in one transaction.
    ///
    /// - Returns: the answer for each key.
    func acquire(_ keys: [Key]) throws -> [Claim]

    /// Releases claims, after their traces have been committed or the attempts have failed.
    func release(_ keys: [Key]) throws

    /// Renews this process's claims; called a few times a minute.
    func renew() throws
}

extension KeyClaiming {
    /// Claims the right to compute a key, for this process.
    public func acquire(_ key: Key) throws -> Claim { try acquire([key])[0] }

    /// Releases a claim.
    public func release(_ key: Key) throws { try release([key]) }
}

/// The answer to a claim.
public enum Claim: Sendable {
    /// This process may compute the key until it releases it.
    case granted
    /// Another live process, described in words, is computing it.
    case heldBy(String)
    /// The key has a complete trace by now.
    case computed(Trace)
}
