internal import Clocks
internal import Dataflow
internal import Digests
internal import Files
internal import Glibc

/// Frees what a policy does not keep: first traces and objects, in one transaction, then their chunks, a few at a time,
/// and the plain copies; finally, the database file shrinks.
///
/// While any process has an active run, nothing is freed: the results that it has found and not yet recorded are not known
/// here. A run that begins meanwhile ends the collection early; the next one does the rest.
struct Collector {
    let parts: StoreParts
    let policy: CollectionPolicy
    /// How much is done at once, as long as there is room.
    var steps = CollectionSteps.usual

    private var database: StoreDatabase { parts.database }

    /// How many plain copies are removed per transaction.
    private static let removedAtOnce = 256

    /// Frees what is not kept.
    ///
    /// - Parameter dryRun: true to change nothing and only report what would be freed.
    func collect(dryRun: Bool) throws -> CollectionReport {
        guard !dryRun else { return try preview() }
        // Decided by the first step, and done by the later ones.
        var report: CollectionReport?
        var steps = steps
        var freedCopies: Int?
        // The log takes space, and writing it back may need some, which the first step could use up.
        try? foldLog()
        while true {
            do {
                try collect(steps, &report)
                var report = report ?? CollectionReport()
                report.freedWork = report.freedWork.adding(freedCopies ?? 0)
                return report
            } catch let error as StoreError where error.code == .full {
                // Freeing space in the database needs some. Plain copies can go first: they can be restored from the database.
                if freedCopies == nil {
                    let freed = try CopyTrimmer(parts: parts).trim(to: 0)
                    freedCopies = freed
                    foldLogWithPatience()
                    if freed > 0 { continue }
                }
                guard let smaller = steps.smaller else { throw error }
                steps = smaller
                try? foldLog()
            }
        }
    }

    private func preview() throws -> CollectionReport {
        let (gone, planned) = try database.current { try preview($0) }
        var report = planned
        for copy in parts.work.plainCopies() where copy.digest.map(gone.contains) ?? false {
            report.freedWork = report.freedWork.adding(copy.status.size)
        }
        return report
    }

    /// - Parameter report: what is freed, as decided by the first step.
    private func collect(_ steps: CollectionSteps, _ report: inout CollectionReport?) throws {
        guard try deleteRows(steps, &report) else { return }
        parts.work.sweep()
        let removed = try removeLeftovers()
        if let before = report?.freedWork { report?.freedWork = before.adding(removed) }
        guard try collectChunks(steps) else {
            report?.isPartial = true
            return
        }
        try shrink(steps)
    }

    private func preview(_ tables: Tables) throws -> (Set<Digest>, CollectionReport) {
        try describe(CollectionPlan(tables, policy: policy, now: WallClock.seconds()), tables)
    }

    /// Deletes traces and objects; false if a run is active.
    private func deleteRows(_ steps: CollectionSteps, _ report: inout CollectionReport?) throws -> Bool {
        while true {
            let known = report
            let step = try database.transaction { tables in try deleteRows(steps, known, tables) }
            report = step.report
            guard step.report.activeRuns.isEmpty, !step.report.isPartial else { return false }
            try foldLog(steps)
            if step.isLast { return true }
        }
    }

    /// Deletes as many traces and objects as one step may. Each step selects them again: between two, a run may have begun and
    /// ended, or something may have been pinned.
    private func deleteRows(
        _ steps: CollectionSteps, _ known: CollectionReport?, _ tables: Tables
    ) throws -> (report: CollectionReport, isLast: Bool) {
        let plan = try CollectionPlan(tables, policy: policy, now: WallClock.seconds())
        var report = try known ?? describe(plan, tables).1
        guard try tables.runs.active().isEmpty else {
            report.isPartial = known != nil
            return (report, true)
        }
        let traces = plan.traces.prefix(steps.rows)
        // A trace is deleted before its objects.
        let free = traces.last?.freedObjects ?? plan.unreferencedObjects
        let deletesAllTraces = traces.count == plan.traces.count
        let objects = plan.objects.prefix(min(steps.rows, deletesAllTraces ? plan.objects.count : free))
        for trace in traces { try tables.traces.delete(trace.id) }
        for object in objects { try tables.objects.delete(object) }
        let isLast = deletesAllTraces && objects.count == plan.objects.count
        if isLast {
            try tables.discoveries.deleteUnused()
            try tables.leases.deleteThoseOfDead()
        }
        return (report, isLast)
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
    private func collectChunks(_ steps: CollectionSteps) throws -> Bool {
        guard try clearNames() else { return false }
        var last = Int.min
        while true {
            let step = try database.transaction { tables -> (end: Int?, isInterrupted: Bool) in
                guard try tables.runs.active().isEmpty else { return (nil, true) }
                let chunks = try tables.chunks.unused(after: last, limit: steps.chunks)
                try database.deleteBulk(chunks.filter(\.isBulk).map(\.id))
                for chunk in chunks { try tables.chunks.delete(chunk.id) }
                return (chunks.last?.id, false)
            }
            if step.isInterrupted { return false }
            try foldLog(steps)
            guard let end = step.end else { return true }
            last = end
        }
    }

    /// Removes the digests of the chunks that no object contains and whose bytes are in the second database, so that
    /// after a crash between the two databases nothing refers to missing bytes; false if a run is active.
    private func clearNames() throws -> Bool {
        // On the disk before the bytes are deleted.
        try database.transaction(isDurable: true) { tables in
            guard try tables.runs.active().isEmpty else { return false }
            try tables.chunks.clearUnusedBulkNames()
            return true
        }
    }

    /// Removes the plain copies that the database does not know.
    ///
    /// Each time, this happens in a transaction in which no run is active. None can begin meanwhile, since that takes a
    /// transaction, too, so no copy is removed that a run has captured and not recorded yet.
    private func removeLeftovers() throws -> Int {
        let copies = parts.work.plainCopies()
        var removed = 0
        for start in stride(from: 0, to: copies.count, by: Self.removedAtOnce) {
            let batch = copies[start..<min(start + Self.removedAtOnce, copies.count)]
            removed = removed.adding(
                try database.transaction { tables in
                    guard try tables.runs.active().isEmpty else { return 0 }
                    return try removeLeftovers(batch, tables)
                })
        }
        return removed
    }

    private func removeLeftovers(_ copies: ArraySlice<WorkFolder.PlainCopy>, _ tables: Tables) throws -> Int {
        var removed = 0
        for copy in copies {
            if let digest = copy.digest {
                guard parts.captured[digest] == nil, try !tables.objects.exists(digest) else { continue }
            }
            guard (try? FileSystem.removeFile(copy.path)) != nil else { continue }
            removed = removed.adding(copy.status.size)
        }
        return removed
    }

    /// Truncates free pages at the end of the file, a few at a time: the store is created with `auto_vacuum =
    /// INCREMENTAL`, because `VACUUM` would rewrite the whole store and need as much free space.
    private func shrink(_ steps: CollectionSteps) throws {
        while true {
            let isDone = try database.current { tables in
                guard try tables.runs.active().isEmpty else { return true }
                let shrank = try tables.connection.shrink(pages: steps.pages)
                return try database.bulk.existing { try $0.shrink(pages: steps.pages) } != true && !shrank
            }
            if isDone { break }
            try foldLog(steps)
        }
        try foldLog()
    }

    private func foldLog(_ steps: CollectionSteps) throws { if steps.foldsLog { try foldLog() } }

    /// A removed file takes up space as long as another process, such as a run that is just ending, has it open.
    private func foldLogWithPatience() {
        for _ in 0..<30 {
            if (try? foldLog()) != nil { return }
            usleep(100_000)
        }
    }

    private func foldLog() throws { try database.current { try $0.connection.foldLog() } }
}
