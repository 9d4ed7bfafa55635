public import Digests

/// Takes snapshots of path sets: the current states of their paths. Each path is inspected once, however many stages share it.
public struct SnapshotEvaluator {
    /// The encoding of a node, by its digest; nil if the store has lost it.
    public typealias NodeReader = (Digest) throws -> [UInt8]?
    /// The current state of an input.
    public typealias StateReader = (DiscoveredInput) throws -> DiscoveredState

    private let node: NodeReader
    private let read: StateReader
    /// What is known of the inputs in each folder.
    private var states: [Input: DiscoveredState] = [:]
    /// The digests of snapshots, by the folder and the digest of a path set's node.
    private var known: [Place: Digest] = [:]
    private var nodes: [Digest: DiscoveryNode] = [:]
    /// The names on the way to each folder. Folders are known by their numbers, which are faster to look up than paths.
    private var folders: [[[UInt8]]] = [[]]
    private var numbers: [Step: Int] = [:]

    /// The root folder.
    private static let root = 0

    /// A step from a folder to one in it.
    private struct Step: Hashable {
        let folder: Int
        let name: [UInt8]
    }

    private struct Place: Hashable {
        let folder: Int
        let node: Digest
    }

    private struct Input: Hashable {
        let folder: Int
        let name: [UInt8]
        let aspect: DiscoveredInput.Aspect
    }

    /// More than the depth of any path.
    private static let maximumNames = 2100
    /// More entries and folders than a command can have discovered: nodes that name each other repeatedly could go on forever.
    private let maximumEntries: Int
    /// How many entries and folders may still be examined.
    private var left = 0
    /// True if the latest path set or snapshot exceeded the limit.
    var isExhausted: Bool { left < 0 }

    /// An evaluator over a store's nodes and the file system.
    public init(node: @escaping NodeReader, state: @escaping StateReader) {
        self.init(node: node, state: state, maximumEntries: 1_000_000)
    }

    init(node: @escaping NodeReader, state: @escaping StateReader, maximumEntries: Int) {
        self.node = node
        read = state
        self.maximumEntries = maximumEntries
    }

    /// The digest of the snapshot of a path set now; nil if a node is missing or damaged.
    public mutating func snapshot(ofPathSet root: Digest) throws -> Digest? {
        left = maximumEntries
        return try snapshot(of: root, in: Self.root)
    }

    /// The node of a folder, if the folder can be at this position.
    private mutating func node(
        of digest: Digest, in folder: Int, hasStates: Bool
    ) throws -> DiscoveryNode? {
        guard folders[folder].count < Self.maximumNames, let node = try node(of: digest),
            node.hasStates == hasStates
        else { return nil }
        left -= 1 + node.entries.count
        return left >= 0 ? node : nil
    }

    private mutating func snapshot(of digest: Digest, in folder: Int) throws -> Digest? {
        let place = Place(folder: folder, node: digest)
        if let snapshot = known[place] { return snapshot }
        guard let paths = try node(of: digest, in: folder, hasStates: false) else { return nil }
        var snapshot = DiscoveryNode(hasStates: true)
        snapshot.entries.reserveCapacity(paths.entries.count)
        for entry in paths.entries {
            guard let now = try state(entry.name, entry.aspect, in: folder) else { return nil }
            snapshot.entries.append(
                DiscoveryNode.Entry(name: entry.name, aspect: entry.aspect, state: now))
        }
        for child in paths.children {
            let inside = self.folder(child.name, in: folder)
            guard let below = try self.snapshot(of: child.digest, in: inside) else { return nil }
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
        left = maximumEntries
        guard try addChanges(of: snapshot, in: Self.root, &changes, limit) else { return nil }
        return changes
    }

    private mutating func addChanges(
        of digest: Digest, in folder: Int, _ changes: inout [DiscoveryChange], _ limit: Int
    ) throws -> Bool {
        guard let node = try node(of: digest, in: folder, hasStates: true) else { return false }
        for entry in node.entries where changes.count < limit {
            guard let before = entry.state, let input = input(entry.name, entry.aspect, in: folder),
                let now = try state(entry.name, entry.aspect, in: folder)
            else { return false }
            if now != before { changes.append(DiscoveryChange(input: input, from: before, to: now)) }
        }
        for child in node.children where changes.count < limit {
            let inside = self.folder(child.name, in: folder)
            guard try addChanges(of: child.digest, in: inside, &changes, limit) else { return false }
        }
        return true
    }

    /// Everything in a snapshot; nil if a node is missing or damaged.
    public mutating func discoveries(in snapshot: Digest) throws -> Discoveries? {
        var states: [DiscoveredInput: DiscoveredState] = [:]
        var waiting: [(Digest, Int)] = [(snapshot, Self.root)]
        left = maximumEntries
        while let (digest, folder) = waiting.popLast() {
            guard let node = try node(of: digest, in: folder, hasStates: true) else { return nil }
            for entry in node.entries {
                guard let input = input(entry.name, entry.aspect, in: folder) else { return nil }
                states[input] = entry.state
            }
            for child in node.children {
                waiting.append((child.digest, self.folder(child.name, in: folder)))
            }
        }
        return Discoveries(states)
    }

    /// The current state of an input.
    mutating func current(_ input: DiscoveredInput) throws -> DiscoveredState {
        let names = input.path.nodeNames
        var folder = Self.root
        for name in names.dropLast() { folder = self.folder(name, in: folder) }
        guard let name = names.last, let state = try state(name, input.aspect, in: folder) else {
            return try read(input)
        }
        return state
    }

    /// The number of a folder in another one.
    private mutating func folder(_ name: [UInt8], in parent: Int) -> Int {
        let step = Step(folder: parent, name: name)
        if let number = numbers[step] { return number }
        numbers[step] = folders.count
        folders.append(folders[parent] + [name])
        return folders.count - 1
    }

    /// The input of this name in a folder; nil if that cannot be a path.
    private func input(
        _ name: [UInt8], _ aspect: DiscoveredInput.Aspect, in folder: Int
    ) -> DiscoveredInput? {
        DiscoveredPath(nodeNames: folders[folder] + [name]).map { DiscoveredInput(path: $0, aspect: aspect) }
    }

    /// The current state of an input; nil if the names cannot be a path.
    private mutating func state(
        _ name: [UInt8], _ aspect: DiscoveredInput.Aspect, in folder: Int
    ) throws -> DiscoveredState? {
        let known = Input(folder: folder, name: name, aspect: aspect)
        if let state = states[known] { return state }
        guard let input = input(name, aspect, in: folder) else { return nil }
        let state = try read(input)
        states[known] = state
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

/// A discovered input that has changed.
public struct DiscoveryChange: Sendable, Hashable {
    /// The input.
    public let input: DiscoveredInput
    /// What was there when the command ran.
    public let from: DiscoveredState
    /// What is there now.
    public let to: DiscoveredState
}
