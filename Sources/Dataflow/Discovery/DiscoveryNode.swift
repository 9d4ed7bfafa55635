public import Digests

/// One folder of what a command has discovered: a node of a Merkle tree, in which many stages can share equal folders.
///
/// There are two kinds of trees. A *path set* contains which paths were looked at, and which aspects of them; a *snapshot* also
/// contains what was found. A node's digest is the SHA-256 of its canonical encoding (see `Key`), which is the list
///
/// `["sluice.paths", 1, entries, children]` of a path set, with `entries` a list of `[name, aspect]`, or
/// `["sluice.snapshot", 1, entries, children]` of a snapshot, with `entries` a list of `[name, aspect, state]`,
///
/// and `children` a list of `[name, digest of the child]`. Both are sorted by name, as bytes, then by aspect. In the root the
/// names are `.`, `~`, `/` and `$PATH`, for the working directory, the home, the root of the file system, and the search path.
public struct DiscoveryNode: Sendable, Hashable {
    /// Something that was learned about a path in this folder.
    public struct Entry: Sendable, Hashable {
        /// The name in the folder.
        public let name: [UInt8]
        /// Which aspect.
        public let aspect: DiscoveredInput.Aspect
        /// What was found; nil in a path set.
        public let state: DiscoveredState?
    }

    /// A folder in this one that has entries.
    public struct Child: Sendable, Hashable {
        /// Its name.
        public let name: [UInt8]
        /// The digest of its node.
        public let digest: Digest
    }

    /// The entries.
    public var entries: [Entry]
    /// The folders.
    public var children: [Child]
    /// True for a node of a snapshot, false for one of a path set.
    let hasStates: Bool

    init(entries: [Entry] = [], children: [Child] = [], hasStates: Bool) {
        self.entries = entries
        self.children = children
        self.hasStates = hasStates
    }

    private static let snapshotName = "sluice.snapshot"
    private static let pathSetName = "sluice.paths"
    private static let version = 1

    /// The bytes that the digest is made of.
    public var encoding: [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.beginList(4)
        encoder.append(hasStates ? Self.snapshotName : Self.pathSetName)
        encoder.append(Self.version)
        encoder.beginList(entries.count)
        for entry in entries {
            encoder.beginList(hasStates ? 3 : 2)
            encoder.append(bytes: entry.name)
            encoder.append(Int(entry.aspect.rawValue))
            if hasStates { encoder.append(entry.state ?? .absent) }
        }
        encoder.beginList(children.count)
        for child in children {
            encoder.beginList(2)
            encoder.append(bytes: child.name)
            encoder.append(child.digest)
        }
        return encoder.bytes
    }

    /// The node's name.
    public var digest: Digest { SHA256.digest(of: encoding) }

    /// Decodes a node; nil if the bytes are not an encoding.
    public init?(encoding bytes: [UInt8]) {
        var decoder = CanonicalDecoder(bytes)
        do {
            self = try decoder.node()
        } catch {
            return nil
        }
        guard decoder.isAtEnd else { return nil }
    }

    fileprivate static func kind(ofName name: String, version: Int) -> Bool? {
        guard version == Self.version else { return nil }
        return name == snapshotName ? true : name == pathSetName ? false : nil
    }
}

extension CanonicalDecoder {
    fileprivate mutating func node() throws(CanonicalDecodingError) -> DiscoveryNode {
        guard try list() == 4, let hasStates = DiscoveryNode.kind(ofName: try text(), version: try integer())
        else { throw CanonicalDecodingError() }
        var node = DiscoveryNode(hasStates: hasStates)
        for _ in 0..<(try list()) {
            guard try list() == (hasStates ? 3 : 2) else { throw CanonicalDecodingError() }
            let name = try bytes()
            guard let number = UInt8(exactly: try integer()),
                let aspect = DiscoveredInput.Aspect(rawValue: number)
            else { throw CanonicalDecodingError() }
            let state = hasStates ? try state() : nil
            node.entries.append(DiscoveryNode.Entry(name: name, aspect: aspect, state: state))
        }
        for _ in 0..<(try list()) {
            guard try list() == 2 else { throw CanonicalDecodingError() }
            node.children.append(DiscoveryNode.Child(name: try bytes(), digest: try digest()))
        }
        return node
    }
}
