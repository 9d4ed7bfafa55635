internal import Clocks
internal import Dataflow
internal import Digests
internal import Files

/// Frees what a policy does not keep: first traces and objects, in one transaction, then their chunks, a few at a time,
/// and the plain copies; finally, the database file shrinks.
///
/// While any process has an active run, nothing is freed: what it has found and not yet recorded is not known here.
/// A run that begins meanwhile ends the collection early; the next one does the rest.
struct Collector {
    let parts: StoreParts
    let policy: CollectionPolicy

    private var database: StoreDatabase { parts.database }

    /// How many chunks are deleted per transaction.
    private static let collectedAtOnce = 512

    /// Frees what is not kept.
    ///
    /// - Parameter dryRun: true to change nothing and only report what would be freed.
    func collect(dryRun: Bool) throws -> CollectionReport {
        let (gone, planned) =
            try dryRun ? database.current { try preview($0) } : database.transaction { try sweep($0) }
        var report = planned
        for copy in parts.work.plainCopies() where copy.digest.map(gone.contains) ?? false {
            report.freedWork = report.freedWork.adding(copy.status.size)
            if !dryRun { try? FileSystem.removeFile(copy.path) }
        }
        guard !dryRun, report.activeRuns.isEmpty else { return report }
        parts.work.sweep()
        guard try collectChunks() else { return report }
        report.freedWork = report.freedWork.adding(try removeLeftovers())
        try shrink()
        return report
    }

    private func preview(_ tables: Tables) throws -> (Set<Digest>, CollectionReport) {
        try describe(CollectionPlan(tables, policy: policy, now: WallClock.seconds()), tables)
    }

    private func sweep(_ tables: Tables) throws -> (Set<Digest>, CollectionReport) {
        let plan = try CollectionPlan(tables, policy: policy, now: WallClock.seconds())
        let description = try describe(plan, tables)
        guard description.1.activeRuns.isEmpty else { return description }
        for trace in plan.traces { try tables.traces.delete(trace.id) }
        for object in plan.objects { try tables.objects.delete(object) }
        try tables.discoveries.deleteUnused()
        try tables.leases.deleteThoseOfDead()
        return description
    }

    private func describe(_ plan: CollectionPlan, _ tables: Tables) throws -> (Set<Digest>, CollectionReport)
    {
        var report = CollectionReport()
        report.activeRuns = try tables.runs.active()
        report.objects = plan.objects.count
        report.chunks = plan.freedChunks
        report.remaining = plan.remaining
        report.kept = plan.kept
        report.freed = plan.freed
        report.items = try plan.traces.map { trace in
            let outputs = try tables.traces.namedOutputs(of: trace.id)
            return CollectionReport.Item(
                stages: try tables.runs.stages(ofTrace: trace.id),
                kind: try tables.traces.kind(of: trace.id) ?? "",
                outputs: Dictionary(outputs.map { ($0.name, $0.artifact.digest) }) { first, _ in first },
                size: outputs.reduce(0) { $0.adding($1.artifact.size) }, freed: trace.freed,
                used: trace.used)
        }
        let digests = try plan.objects.map { try tables.objects.digest(of: $0) }
        return (Set(digests.compactMap { $0 }), report)
    }

    /// Deletes the chunks that no object contains; false if a run began meanwhile.
    private func collectChunks() throws -> Bool {
        guard try takeNamesAway() else { return false }
        var last = Int.min
        while true {
            let step = try database.transaction { tables -> (end: Int?, isInterrupted: Bool) in
                guard try tables.runs.active().isEmpty else { return (nil, true) }
                let chunks = try tables.chunks.unused(after: last, limit: Self.collectedAtOnce)
                try database.bulk.delete(chunks.filter(\.isBeside).map(\.id))
                for chunk in chunks { try tables.chunks.delete(chunk.id) }
                return (chunks.last?.id, false)
            }
            if step.isInterrupted { return false }
            guard let end = step.end else { return true }
            last = end
        }
    }

    /// Removes the digests of the chunks that no object contains and whose bytes are in the second database, so that
    /// after a crash between the two databases nothing refers to missing bytes; false if a run is active.
    private func takeNamesAway() throws -> Bool {
        // On the disk before the bytes are deleted.
        try database.transaction(isDurable: true) { tables in
            guard try tables.runs.active().isEmpty else { return false }
            try tables.chunks.takeNamesOfUnusedBeside()
            return true
        }
    }

    /// Removes the plain copies that the database does not know. Only while no run is active.
    private func removeLeftovers() throws -> Int {
        var removed = 0
        for copy in parts.work.plainCopies() {
            if let digest = copy.digest {
                if parts.captured[digest] != nil { continue }
                if try database.current({ try $0.objects.exists(digest) }) { continue }
            }
            try? FileSystem.removeFile(copy.path)
            removed = removed.adding(copy.status.size)
        }
        return removed
    }

    /// Truncates free pages at the end of the file, a few at a time: the store is created with `auto_vacuum =
    /// INCREMENTAL`, because `VACUUM` would rewrite the whole store and need as much free space.
    private func shrink() throws {
        while true {
            let isDone = try database.current { tables in
                guard try tables.runs.active().isEmpty else { return true }
                let shrank = try tables.connection.shrink()
                return try database.bulk.existing { try $0.shrink() } != true && !shrank
            }
            if isDone { break }
        }
        try database.current { try $0.connection.foldLog() }
    }
}
