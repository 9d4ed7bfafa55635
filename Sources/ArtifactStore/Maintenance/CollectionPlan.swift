internal import Digests
internal import SQLite

/// Which traces, objects and chunks go: reference counts of all that the store holds, and a walk that takes references
/// away. A pure value once it is loaded; O(store's rows) in memory.
struct CollectionPlan {
    private struct TraceRow {
        let id: Int
        let used: Double
        /// Outputs and the log.
        let roots: [Int]
    }

    private var objectReferences: [Int: Int] = [:]
    private var children: [Int: [Int]] = [:]
    private var objectChunks: [Int: [Int]] = [:]
    private var chunkReferences: [Int: Int] = [:]
    private var chunkSizes: [Int: Int] = [:]
    private var candidates: [TraceRow] = []
    private var staleLogs: [(object: Int, started: Double)] = []

    /// The traces that go, the longest unused first, each with the bytes that this frees.
    private(set) var traces: [(id: Int, used: Double, freed: Int)] = []
    /// The objects that go, each before those that it names.
    private(set) var objects: [Int] = []
    /// The bytes of chunks that stay.
    private(set) var remaining = 0
    /// The bytes of chunks that go.
    var freed: Int { total - remaining }
    /// The bytes of all chunks.
    private var total = 0
    /// How many chunks go.
    private(set) var freedChunks = 0
    /// How many traces stay.
    private(set) var kept = 0
    /// The runs whose records are kept whatever the policy says.
    private let keptRuns: Set<Int>

    init(_ connection: Connection, policy: CollectionPolicy, now: Double) throws {
        keptRuns = try Self.keptRuns(connection, policy)
        try load(connection)
        let keptTraces = try Self.keptTraces(connection, runs: keptRuns)
        try loadTraces(connection, kept: keptTraces)
        choose(policy, now: now)
    }

    private static func keptRuns(_ connection: Connection, _ policy: CollectionPolicy) throws -> Set<Int> {
        var successes: [String: Int] = [:]
        var kept: Set<Int> = []
        try connection.forEachRow("SELECT id, pipeline, outcome FROM run ORDER BY id DESC") { row in
            let pipeline = row.text("pipeline") ?? ""
            guard successes[pipeline, default: 0] < policy.keepRuns else { return }
            kept.insert(row.integer("id"))
            if row.text("outcome") == "succeeded" { successes[pipeline, default: 0] += 1 }
        }
        return kept
    }

    private static func keptTraces(_ connection: Connection, runs: Set<Int>) throws -> Set<Int> {
        var kept: Set<Int> = []
        try connection.forEachRow("SELECT run, trace FROM run_stage WHERE trace IS NOT NULL") { row in
            if runs.contains(row.integer("run")) { kept.insert(row.integer("trace")) }
        }
        let pinned = "SELECT trace FROM trace_output WHERE object IN (SELECT object FROM pin)"
        try connection.forEachRow(pinned) { kept.insert($0.integer("trace")) }
        return kept
    }

    private mutating func load(_ connection: Connection) throws {
        try connection.forEachRow("SELECT id FROM object") { objectReferences[$0.integer("id")] = 0 }
        try connection.forEachRow("SELECT tree, child FROM tree_entry") { row in
            children[row.integer("tree"), default: []].append(row.integer("child"))
            objectReferences[row.integer("child"), default: 0] += 1
        }
        try connection.forEachRow("SELECT id, stored FROM chunk") { row in
            let id = row.integer("id")
            let stored = try row.count("stored", atMost: ContentChunker.maximum, of: "chunk \(id)")
            chunkSizes[id] = stored
            total += stored
            remaining += stored
        }
        try connection.forEachRow("SELECT object, chunk FROM object_chunk") { row in
            objectChunks[row.integer("object"), default: []].append(row.integer("chunk"))
            chunkReferences[row.integer("chunk"), default: 0] += 1
        }
        try connection.forEachRow("SELECT object FROM pin") {
            objectReferences[$0.integer("object"), default: 0] += 1
        }
        // The log of an old failure goes with its run, whose record stays.
        let logs = """
            SELECT x.run AS run, x.log AS log, r.started AS started
            FROM run_stage x JOIN run r ON r.id = x.run WHERE x.log IS NOT NULL
            """
        try connection.forEachRow(logs) { row in
            let run = row.integer("run")
            objectReferences[row.integer("log"), default: 0] += 1
            guard !keptRuns.contains(run) else { return }
            staleLogs.append((row.integer("log"), try row.seconds("started", of: "run \(run)")))
        }
    }

    private mutating func loadTraces(_ connection: Connection, kept: Set<Int>) throws {
        var roots: [Int: [Int]] = [:]
        try connection.forEachRow("SELECT trace, object FROM trace_output") { row in
            roots[row.integer("trace"), default: []].append(row.integer("object"))
        }
        try connection.forEachRow("SELECT id, log FROM trace WHERE log IS NOT NULL") { row in
            roots[row.integer("id"), default: []].append(row.integer("log"))
        }
        for objects in roots.values {
            for object in objects { objectReferences[object, default: 0] += 1 }
        }
        let sql = """
            SELECT t.id AS id, coalesce(
                (SELECT max(r.started) FROM run_stage x JOIN run r ON r.id = x.run WHERE x.trace = t.id), t.created)
                AS used
            FROM trace t ORDER BY 2, 1
            """
        try connection.forEachRow(sql) { row in
            let id = row.integer("id")
            if kept.contains(id) { return self.kept += 1 }
            let used = try row.seconds("used", of: "trace \(id)")
            candidates.append(TraceRow(id: id, used: used, roots: roots[id] ?? []))
        }
    }

    private mutating func choose(_ policy: CollectionPolicy, now: Double) {
        // What nothing refers to, such as half a write, goes first.
        for (chunk, size) in chunkSizes where chunkReferences[chunk] == nil {
            remaining -= size
            freedChunks += 1
        }
        for object in objectReferences.keys.sorted() where objectReferences[object] == 0 {
            objectReferences[object] = 1
            _ = release(object)
        }
        let takesAll = policy.unusedFor == nil && policy.toSize == nil
        for candidate in candidates {
            let isOld = policy.unusedFor.map { now - candidate.used > $0 } ?? false
            let isTooMuch = policy.toSize.map { remaining > $0 } ?? false
            guard takesAll || isOld || isTooMuch else {
                kept += 1
                continue
            }
            let freed = candidate.roots.reduce(0) { $0 + release($1) }
            traces.append((candidate.id, candidate.used, freed))
        }
        for log in staleLogs where takesAll || policy.unusedFor.map({ now - log.started > $0 }) ?? false {
            _ = release(log.object)
        }
    }

    /// Takes one reference to an object away, and returns the bytes of the chunks that this frees.
    private mutating func release(_ object: Int) -> Int {
        var freed = 0
        // Not recursive: trees in trees could be as deep as the store has objects.
        var released = [object]
        while let object = released.popLast() {
            let references = (objectReferences[object] ?? 0) - 1
            objectReferences[object] = references
            guard references == 0 else { continue }
            objects.append(object)
            for chunk in objectChunks[object] ?? [] {
                let references = (chunkReferences[chunk] ?? 0) - 1
                chunkReferences[chunk] = references
                guard references == 0 else { continue }
                freed += chunkSizes[chunk] ?? 0
                freedChunks += 1
            }
            released += (children[object] ?? []).reversed()
        }
        remaining -= freed
        return freed
    }
}
