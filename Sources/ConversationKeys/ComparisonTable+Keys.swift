package import Comparisons
package import Digests
import Parallelism

/// How rows are compared.
package enum ConversationIdentity: String, Sendable, Hashable, Decodable, CaseIterable {
    /// The unordered set of all strings: prompts and both threads of responses.
    case conversation
    /// The list of prompts.
    case prompt
}

extension ComparisonTable {
    /// The key of a row's conversation, or of its prompts.
    ///
    /// A conversation's key is the digest of the unordered set of all its strings, including nulls: it does not change
    /// if A and B are exchanged, or turns reordered.
    package func key(_ row: Int, by identity: ConversationIdentity) -> Digest {
        var key = ConversationKey()
        for element in prompt.elements(ofRow: row) { key.add(prompt.utf8(element)) }
        if identity == .prompt { return key.listDigest() }
        for lists in [responseA, responseB] {
            for element in lists.elements(ofRow: row) { key.add(lists.utf8(element)) }
        }
        return key.setDigest()
    }

    /// The keys of all rows, in order.
    package func keys(by identity: ConversationIdentity, threads: Int) throws -> [Digest] {
        let chunk = 1024
        return try Parallel.map(count: (count + chunk - 1) / chunk, threads: threads) { index in
            (index * chunk..<min(count, (index + 1) * chunk)).map { key($0, by: identity) }
        }.flatMap { $0 }
    }
}
