public import Digests

/// Takes snapshots of path sets: what is there now. Each path is looked at once, however many stages share it.
public struct SnapshotEvaluator {
    /// The encoding of a node, by its digest; nil if the store has lost it.
    public typealias NodeReader = (Digest) throws -> [UInt8]?
    /// What there is to learn of an input now.
    public typealias StateReader = (DiscoveredInput) throws -> DiscoveredState

    private let node: NodeReader
    private let read: StateReader
    private var states: [DiscoveredInput: DiscoveredState] = [:]
    /// The digests of snapshots, by the place and the digest of a path set's node.
    private var known: [Place: Digest] = [:]
    private var nodes: [Digest: DiscoveryNode] = [:]

    private struct Place: Hashable {
        let names: [[UInt8]]
        let node: Digest
    }

    /// Deeper than any path can be.
    private static let mostNames = 2100
    /// More entries and folders than a command can have discovered: nodes that name each other often would be without end.
    private let mostEntries: Int
    /// How many entries and folders may still be looked at.
    private var left = 0
    /// True if the latest path set or snapshot had more than that.
    var isExhausted: Bool { left < 0 }

    /// An evaluator over a store's nodes and the file system.
    public init(node: @escaping NodeReader, state: @escaping StateReader) {
        self.init(node: node, state: state, mostEntries: 1_000_000)
    }

    init(node: @escaping NodeReader, state: @escaping StateReader, mostEntries: Int) {
        self.node = node
        read = state
        self.mostEntries = mostEntries
    }

    /// The digest of the snapshot of a path set now; nil if a node is missing or damaged.
    public mutating func snapshot(ofPathSet root: Digest) throws -> Digest? {
        left = mostEntries
        return try snapshot(of: root, at: [])
    }

    /// The node of a folder, if it can be where it is said to be.
    private mutating func node(
        of digest: Digest, at names: [[UInt8]], hasStates: Bool
    ) throws -> DiscoveryNode? {
        guard names.count < Self.mostNames, let node = try node(of: digest), node.hasStates == hasStates
        else { return nil }
        left -= 1 + node.entries.count
        return left >= 0 ? node : nil
    }

    private mutating func snapshot(of digest: Digest, at names: [[UInt8]]) throws -> Digest? {
        let place = Place(names: names, node: digest)
        if let snapshot = known[place] { return snapshot }
        guard let paths = try node(of: digest, at: names, hasStates: false) else { return nil }
        var snapshot = DiscoveryNode(hasStates: true)
        for entry in paths.entries {
            guard let path = DiscoveredPath(nodeNames: names + [entry.name]) else { return nil }
            let now = try state(DiscoveredInput(path: path, aspect: entry.aspect))
            snapshot.entries.append(
                DiscoveryNode.Entry(name: entry.name, aspect: entry.aspect, state: now))
        }
        for child in paths.children {
            guard let below = try self.snapshot(of: child.digest, at: names + [child.name]) else {
                return nil
            }
            snapshot.children.append(DiscoveryNode.Child(name: child.name, digest: below))
        }
        let result = snapshot.digest
        known[place] = result
        return result
    }

    /// What has changed since a snapshot was taken, at most `limit` inputs; nil if a node is missing or damaged.
    public mutating func changes(
        since snapshot: Digest, limit: Int = 100
    ) throws -> [DiscoveryChange]? {
        var changes: [DiscoveryChange] = []
        left = mostEntries
        guard try addChanges(of: snapshot, at: [], &changes, limit) else { return nil }
        return changes
    }

    private mutating func addChanges(
        of digest: Digest, at names: [[UInt8]], _ changes: inout [DiscoveryChange], _ limit: Int
    ) throws -> Bool {
        guard let node = try node(of: digest, at: names, hasStates: true) else { return false }
        for entry in node.entries where changes.count < limit {
            guard let path = DiscoveredPath(nodeNames: names + [entry.name]), let before = entry.state
            else { return false }
            let input = DiscoveredInput(path: path, aspect: entry.aspect)
            let now = try state(input)
            if now != before { changes.append(DiscoveryChange(input: input, from: before, to: now)) }
        }
        for child in node.children where changes.count < limit {
            guard try addChanges(of: child.digest, at: names + [child.name], &changes, limit) else {
                return false
            }
        }
        return true
    }

    /// All that a snapshot holds; nil if a node is missing or damaged.
    public mutating func discoveries(in snapshot: Digest) throws -> Discoveries? {
        var states: [DiscoveredInput: DiscoveredState] = [:]
        var waiting: [(Digest, [[UInt8]])] = [(snapshot, [])]
        left = mostEntries
        while let (digest, names) = waiting.popLast() {
            guard let node = try node(of: digest, at: names, hasStates: true) else { return nil }
            for entry in node.entries {
                guard let path = DiscoveredPath(nodeNames: names + [entry.name]) else { return nil }
                states[DiscoveredInput(path: path, aspect: entry.aspect)] = entry.state
            }
            waiting += node.children.map { ($0.digest, names + [$0.name]) }
        }
        return Discoveries(states)
    }

    /// What there is to learn of an input now.
    mutating func current(_ input: DiscoveredInput) throws -> DiscoveredState { try state(input) }

    private mutating func state(_ input: DiscoveredInput) throws -> DiscoveredState {
        if let known = states[input] { return known }
        let state = try read(input)
        states[input] = state
        return state
    }

    private mutating func node(of digest: Digest) throws -> DiscoveryNode? {
        if let node = nodes[digest] { return node }
        // A damaged row must not name another path than the one that was looked at.
        guard let encoding = try node(digest), SHA256.digest(of: encoding) == digest,
            let node = DiscoveryNode(encoding: encoding)
        else { return nil }
        nodes[digest] = node
        return node
    }
}

@available(*, unavailable)
extension SnapshotEvaluator: Sendable {}

/// A discovered input that is another now.
public struct DiscoveryChange: Sendable, Hashable {
    /// The input.
    public let input: DiscoveredInput
    /// What was there when the command ran.
    public let from: DiscoveredState
    /// What is there now.
    public let to: DiscoveredState

    package init(input: DiscoveredInput, from: DiscoveredState, to: DiscoveredState) {
        self.input = input
        self.from = from
        self.to = to
    }
}
