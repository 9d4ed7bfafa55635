package import Digests

/// Identifies a conversation for deduplication and splits: a digest of its strings.
///
/// Strings are compared byte by byte: two encodings of the same accented letter differ.
package struct ConversationKey: Sendable {
    private var digests: [Digest] = []

    /// Represents null; no UTF-8 text has this digest, since 0xFF is not valid UTF-8.
    private static let null = SHA256.digest(of: [0xFF])

    /// A key without strings.
    package init() {}

    /// Removes all strings.
    package mutating func removeAll() { digests.removeAll(keepingCapacity: true) }

    /// Adds one string, nil for null.
    package mutating func add(_ utf8: ArraySlice<UInt8>?) {
        guard let utf8 else {
            digests.append(ConversationKey.null)
            return
        }
        digests.append(SHA256.digest(of: utf8.span.bytes))
    }

    /// The digest of the unordered *set* of strings: independent of order and repetitions, and therefore of which side
    /// is A.
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

    /// The digest of the *list* of strings, in order.
    package consuming func listDigest() -> Digest {
        var hasher = SHA256()
        for digest in digests { hasher.update(digest.bytes) }
        return hasher.finalize()
    }
}
