package import Digests

/// What names a conversation for deduplication and splits: a digest of its strings.
///
/// Strings are compared byte by byte: two spellings of one accented letter differ.
package struct ConversationKey: Sendable {
    private var digests: [Digest] = []

    /// What stands for a null; no UTF-8 text has this digest, since 0xFF is not UTF-8.
    private static let null = SHA256.digest(of: [0xFF])

    /// A key of no strings yet.
    package init() {}

    /// Forgets what was added.
    package mutating func removeAll() { digests.removeAll(keepingCapacity: true) }

    /// Adds one string, nil for null.
    package mutating func add(_ utf8: ArraySlice<UInt8>?) {
        guard let utf8 else {
            digests.append(ConversationKey.null)
            return
        }
        digests.append(SHA256.digest(of: utf8.span.bytes))
    }

    /// The digest of the unordered *set* of what was added: the same whatever the order and the repetitions, and so
    /// the same after A and B change places.
    package consuming func setDigest() -> Digest {
        digests.sort()
        var hasher = SHA256()
        var previous: Digest?
        for digest in digests where digest != previous {
            hasher.update(digest.bytes)
            previous = digest
        }
        return hasher.finalize()
    }

    /// The digest of the *list* of what was added, in its order.
    package consuming func listDigest() -> Digest {
        var hasher = SHA256()
        for digest in digests { hasher.update(digest.bytes) }
        return hasher.finalize()
    }
}
