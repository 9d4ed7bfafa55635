/// Decides which traces, objects and chunks to collect: reference counts of everything in the store, and a walk that
/// removes references. A pure value once loaded; memory is O(rows in the store).
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

    /// The traces to collect, longest unused first, each with the bytes that this frees, and the number of `objects` to which
    /// nothing refers once it and those before it are gone.
    private(set) var traces: [(id: Int, used: Double, freed: Int, freedObjects: Int)] = []
    /// The objects to collect, each before those that it references.
    private(set) var objects: [Int] = []
    /// How many of `objects` nothing refers to even now.
    private(set) var unreferencedObjects = 0
    /// The bytes of the remaining chunks.
    private(set) var remaining = 0
    /// The bytes of the chunks to collect.
    var freed: Int { total - remaining }
    /// The bytes of all chunks.
    private var total = 0
    /// The number of chunks to collect.
    private(set) var freedChunks = 0
    /// The number of remaining traces.
    private(set) var kept = 0
    /// The runs whose records are kept regardless of the policy.
    private let keptRuns: Set<Int>

    init(_ tables: Tables, policy: CollectionPolicy, now: Double) throws {
        keptRuns = try Self.keptRuns(tables, policy)
        try load(tables)
        try loadTraces(tables, kept: try Self.keptTraces(tables, runs: keptRuns))
        choose(policy, now: now)
    }

    private static func keptRuns(_ tables: Tables, _ policy: CollectionPolicy) throws -> Set<Int> {
        var successes: [String: Int] = [:]
        var kept: Set<Int> = []
        try tables.runs.forEach { run, pipeline, hasSucceeded in
            guard successes[pipeline, default: 0] < policy.keepRuns else { return }
            kept.insert(run)
            if hasSucceeded { successes[pipeline, default: 0] += 1 }
        }
        return kept
    }

    private static func keptTraces(_ tables: Tables, runs: Set<Int>) throws -> Set<Int> {
        var kept: Set<Int> = []
        for run in runs { try tables.runs.forEachTrace(of: run) { kept.insert($0) } }
        try tables.traces.forEachPinned { kept.insert($0) }
        return kept
    }

    private mutating func load(_ tables: Tables) throws {
        try tables.objects.forEach { objectReferences[$0] = 0 }
        try tables.objects.forEachTreeEntry { tree, child in
            children[tree, default: []].append(child)
            objectReferences[child, default: 0] += 1
        }
        try tables.chunks.forEach { chunk, stored in
            chunkSizes[chunk] = stored
            total += stored
        }
        remaining = total
        try tables.objects.forEachChunk { object, chunk in
            objectChunks[object, default: []].append(chunk)
            chunkReferences[chunk, default: 0] += 1
        }
        try tables.pins.forEach { objectReferences[$0, default: 0] += 1 }
        // The log of an old failure is collected with its run, whose record stays.
        try tables.runs.forEachLog { run, log, started in
            objectReferences[log, default: 0] += 1
            if !keptRuns.contains(run) { staleLogs.append((log, started)) }
        }
    }

    private mutating func loadTraces(_ tables: Tables, kept: Set<Int>) throws {
        var roots: [Int: [Int]] = [:]
        try tables.traces.forEachRoot { trace, object in
            roots[trace, default: []].append(object)
            objectReferences[object, default: 0] += 1
        }
        try tables.traces.forEachByUse { trace, used in
            if kept.contains(trace) { return self.kept += 1 }
            candidates.append(TraceRow(id: trace, used: used, roots: roots[trace] ?? []))
        }
    }

    private mutating func choose(_ policy: CollectionPolicy, now: Double) {
        // What nothing refers to, such as unfinished writes, goes first.
        for (chunk, size) in chunkSizes where chunkReferences[chunk] == nil {
            remaining -= size
            freedChunks += 1
        }
        for object in objectReferences.keys.sorted() where objectReferences[object] == 0 {
            objectReferences[object] = 1
            _ = release(object)
        }
        unreferencedObjects = objects.count
        let takesAll = policy.unusedFor == nil && policy.toSize == nil
        for candidate in candidates {
            let isOld = policy.unusedFor.map { now - candidate.used > $0 } ?? false
            let isTooMuch = policy.toSize.map { remaining > $0 } ?? false
            guard takesAll || isOld || isTooMuch else {
                kept += 1
                continue
            }
            let freed = candidate.roots.reduce(0) { $0 + release($1) }
            traces.append((candidate.id, candidate.used, freed, objects.count))
        }
        for log in staleLogs where takesAll || policy.unusedFor.map({ now - log.started > $0 }) ?? false {
            _ = release(log.object)
        }
    }

    /// Removes one reference to an object and returns the bytes of the chunks that this frees.
    private mutating func release(_ object: Int) -> Int {
        var freed = 0
        // Not recursive: trees could be nested as deep as the store has objects.
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
