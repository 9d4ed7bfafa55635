public import Dataflow
public import Digests

/// What the commands of a store's results have discovered.
public struct StoredDiscoveries: DiscoveryStoring {
    let database: StoreDatabase

    /// The roots of the path sets of a declared key's results, latest first.
    public func pathSets(of declared: Key) throws -> [Digest] {
        try database.lookUp { try $0.discoveries.pathSets(of: declared, limit: 16) }
    }

    /// The encoding of a node of discoveries.
    public func node(_ digest: Digest) throws -> [UInt8]? {
        try database.lookUp { try $0.discoveries.encoding(of: digest) }
    }
}
