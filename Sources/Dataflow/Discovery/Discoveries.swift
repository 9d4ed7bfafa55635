public import Digests

/// The inputs that an attempt of a command has discovered, and their states.
public struct Discoveries: Sendable, Hashable {
    /// The inputs and their states.
    public private(set) var states: [DiscoveredInput: DiscoveredState]

    /// Discoveries with these inputs.
    public init(_ states: [DiscoveredInput: DiscoveredState] = [:]) { self.states = states }

    /// True if there are none.
    public var isEmpty: Bool { states.isEmpty }

    /// The inputs in their order, with their states.
    public var sorted: [(input: DiscoveredInput, state: DiscoveredState)] {
        states.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The discoveries as two trees of nodes.
    public func trees() -> DiscoveryTrees {
        var root = Folder()
        for (input, state) in states {
            root.add(input.path.nodeNames[...], input.aspect, state)
        }
        var trees = DiscoveryTrees(pathSet: Digest.ofNothing, snapshot: Digest.ofNothing, nodes: [:])
        let (pathSet, snapshot) = root.nodes(&trees.nodes)
        trees.pathSet = pathSet
        trees.snapshot = snapshot
        return trees
    }

    /// A folder while the trees are being built.
    private struct Folder {
        var entries: [(name: [UInt8], aspect: DiscoveredInput.Aspect, state: DiscoveredState)] = []
        var folders: [[UInt8]: Folder] = [:]

        mutating func add(
            _ names: ArraySlice<[UInt8]>, _ aspect: DiscoveredInput.Aspect, _ state: DiscoveredState
        ) {
            guard let name = names.first else { return }
            if names.count == 1 {
                entries.append((name, aspect, state))
            } else {
                folders[name, default: Folder()].add(names.dropFirst(), aspect, state)
            }
        }

        /// Adds the nodes of this folder and those below, and returns the digests of its two.
        func nodes(_ all: inout [Digest: [UInt8]]) -> (pathSet: Digest, snapshot: Digest) {
            var pathSet = DiscoveryNode(hasStates: false)
            var snapshot = DiscoveryNode(hasStates: true)
            let sorted = entries.sorted { left, right in
                left.name == right.name
                    ? left.aspect.rawValue < right.aspect.rawValue
                    : left.name.lexicographicallyPrecedes(right.name)
            }
            for (name, aspect, state) in sorted {
                pathSet.entries.append(DiscoveryNode.Entry(name: name, aspect: aspect, state: nil))
                snapshot.entries.append(DiscoveryNode.Entry(name: name, aspect: aspect, state: state))
            }
            for (name, folder) in folders.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let digests = folder.nodes(&all)
                pathSet.children.append(DiscoveryNode.Child(name: name, digest: digests.pathSet))
                snapshot.children.append(DiscoveryNode.Child(name: name, digest: digests.snapshot))
            }
            return (Self.keep(pathSet, &all), Self.keep(snapshot, &all))
        }

        private static func keep(_ node: DiscoveryNode, _ all: inout [Digest: [UInt8]]) -> Digest {
            let encoding = node.encoding
            let digest = SHA256.digest(of: encoding)
            all[digest] = encoding
            return digest
        }
    }
}

/// Discoveries as trees, the form in which a store keeps them.
public struct DiscoveryTrees: Sendable, Hashable {
    /// The root of the path set.
    public internal(set) var pathSet: Digest
    /// The root of the snapshot.
    public internal(set) var snapshot: Digest
    /// The encodings of all nodes, by their digests.
    public internal(set) var nodes: [Digest: [UInt8]]

    /// Trees whose roots are among the nodes.
    package init(pathSet: Digest, snapshot: Digest, nodes: [Digest: [UInt8]]) {
        self.pathSet = pathSet
        self.snapshot = snapshot
        self.nodes = nodes
    }
}

extension Digest {
    fileprivate static let ofNothing = SHA256.digest(of: [])
}

extension DiscoveredPath {
    /// The names on the way from the root of a tree: first that of the base, and `.` for the base itself.
    var nodeNames: [[UInt8]] {
        let first = [DiscoveredPath.baseNames[Int(base.rawValue)]]
        return names.isEmpty ? first + [Array(".".utf8)] : first + names
    }

    /// The path of an entry of a node; nil for a name that is not a base, and for a path that leads out of its base. Nodes
    /// are not trusted.
    init?(nodeNames: [[UInt8]]) {
        guard let first = nodeNames.first, let index = DiscoveredPath.baseNames.firstIndex(of: first),
            let base = Base(rawValue: UInt8(index))
        else { return nil }
        let rest = Array(nodeNames.dropFirst())
        let isBase = rest == [Array(".".utf8)]
        guard isBase || rest.allSatisfy(Self.isName) else { return nil }
        self.init(base: base, names: isBase ? [] : rest)
    }

    private static func isName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && !name.contains(0) && !name.contains(UInt8(ascii: "/"))
            && name != Array(".".utf8) && name != Array("..".utf8)
    }

    private static let baseNames = [".", "~", "/", "$PATH"].map { Array($0.utf8) }
}
