internal import Dataflow
package import Digests

/// The trees of commands' discoveries, to be transferred from one store to another.
package enum DiscoveryClosure: Sendable {
    /// The most nodes in a tree: one for each folder that an attempt may look at.
    package static let maximumNodes = 1_000_000

    /// The nodes below roots, by their digests.
    ///
    /// - Parameter encoding: the encoding of a node; nil if there is none.
    /// - Throws: `StoreError.damaged` if a node is missing or does not match its digest.
    package static func nodes(
        below roots: [Digest], _ encoding: (Digest) throws -> [UInt8]?
    ) throws -> [Digest: [UInt8]] {
        var found: [Digest: [UInt8]] = [:]
        var waiting = roots
        while let digest = waiting.popLast() {
            guard found[digest] == nil else { continue }
            guard found.count < maximumNodes, let bytes = try encoding(digest),
                SHA256.digest(of: bytes) == digest, let node = DiscoveryNode(encoding: bytes)
            else { throw StoreError(.damaged, "what a command has discovered is lost or damaged") }
            found[digest] = bytes
            waiting += node.children.map(\.digest)
        }
        return found
    }
}
