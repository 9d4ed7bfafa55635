public import Digests
internal import Synchronization

/// The nodes of an attempt's discoveries, on their way to the store; nothing else needs them.
public final class DiscoveryNodes: Sendable {
    private let nodes: Mutex<[Digest: [UInt8]]>

    /// Nodes by their digests.
    public init(_ nodes: [Digest: [UInt8]]) { self.nodes = Mutex(nodes) }

    /// The nodes.
    public var all: [Digest: [UInt8]] { nodes.withLock { $0 } }

    /// Releases the memory, once they are durable.
    public func forget() { nodes.withLock { $0 = [:] } }
}
