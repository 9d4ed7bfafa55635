internal import ArtifactStore
internal import Clocks
internal import Dataflow
internal import Digests
internal import Synchronization

/// The path sets in shared caches, and what is at their paths here. They stay in memory until a result is used, so that no one
/// can fill the store with useless ones.
final class ForeignPathSets: Sendable {
    /// A path set, and the cache that named it.
    struct Found: Sendable {
        let root: Digest
        let cache: Int
    }

    private let known: KnownNodes
    private let judge: Mutex<PathSetJudge>
    private let limits: PathSetJudge.Limits

    init(_ view: ResultFinder.FileView, _ limits: PathSetJudge.Limits, _ store: ArtifactStore) {
        self.limits = limits
        let known = KnownNodes(store)
        self.known = known
        judge = Mutex(
            PathSetJudge(view: view, limits: limits, now: MonotonicClock.seconds) { try known.node($0) })
    }

    /// How long inspecting the paths for one question may take, unless a file system hangs.
    var longestLook: Double { limits.seconds * 2 }

    /// True if no more path sets are inspected.
    var isSpent: Bool { known.isFull }

    /// The nodes that were fetched, which the store may lack.
    var nodes: [Digest: [UInt8]] { known.all }

    /// Those path sets of commands' results whose nodes are available, by the keys of what the commands declare.
    func find(of declared: [Key], in cache: RemoteCache) throws -> [[Digest]] {
        let lists = try ResultLookup(in: cache).pathSets(of: declared, atMost: ResultFinder.maximumPathSets)
        var missing = Set<Digest>()
        for root in Set(lists.joined()) where try known.node(root) == nil { missing.insert(root) }
        try ResultLookup(in: cache).readNodes(below: missing.sorted()) { root, nodes in
            if known.add(nodes) { missing.remove(root) }
        }
        return lists.map { $0.filter { !missing.contains($0) } }
    }

    /// The results of a stage that are valid now.
    func judge(_ pathSets: [Digest], of key: Key, _ stage: Stage) throws -> PathSetJudge.Judgment {
        let (judgment, isSpent) = try judge.withLock { judge in
            (try judge.judge(pathSets, of: key, stage), judge.isSpent)
        }
        if isSpent { known.close() }
        return judgment
    }
}

/// The nodes of path sets that were fetched, and then those in the store.
private final class KnownNodes: Sendable {
    private struct State {
        var nodes: [Digest: [UInt8]] = [:]
        var size = 0
        var isFull = false
    }

    private let store: ArtifactStore
    private let state = Mutex(State())

    /// The most bytes to keep, and the overhead of each node.
    private static let maximumBytes = 512 << 20
    private static let overhead = 128

    init(_ store: ArtifactStore) { self.store = store }

    var isFull: Bool { state.withLock { $0.isFull } }
    var all: [Digest: [UInt8]] { state.withLock { $0.nodes } }

    /// Stops keeping nodes.
    func close() { state.withLock { $0.isFull = true } }

    func node(_ digest: Digest) throws -> [UInt8]? {
        if let node = state.withLock({ $0.nodes[digest] }) { return node }
        return try store.discoveries.node(digest)
    }

    /// Keeps nodes; returns false if there are too many.
    func add(_ nodes: [Digest: [UInt8]]) -> Bool {
        state.withLock { state in
            let new = nodes.filter { state.nodes[$0.key] == nil }
            let size = new.values.reduce(0) { $0 + $1.count + Self.overhead }
            guard state.size + size <= Self.maximumBytes else {
                state.isFull = true
                return false
            }
            state.size += size
            state.nodes.merge(new) { first, _ in first }
            return true
        }
    }
}
