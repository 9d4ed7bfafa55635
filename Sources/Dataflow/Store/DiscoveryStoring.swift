public import Digests

/// Looks up what commands have read without declaring it.
public protocol DiscoveryStoring: Sendable {
    /// The roots of the path sets of a command's results, by the key of what it declares; latest first.
    func pathSets(of declared: Key) throws -> [Digest]

    /// The encoding of a node of discoveries; nil if there is none.
    func node(_ digest: Digest) throws -> [UInt8]?
}
