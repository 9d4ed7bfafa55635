internal import Dataflow
internal import Digests
internal import Files
internal import SQLite

extension ArtifactStore {
    /// How many chunks are deleted in a transaction.
    private static let collectedAtOnce = 512

    /// Frees what the policy does not keep: first the traces and objects, in one transaction, then their chunks, a few at
    /// a time, and the plain copies; at last the database file shrinks.
    ///
    /// While a run is under way in any process, nothing is freed: what it has found and not yet recorded cannot be
    /// known here. A run that begins meanwhile ends the collection early; the next one does the rest.
    ///
    /// - Parameter dryRun: true to change nothing and only say what would go.
    public func collect(_ policy: CollectionPolicy, dryRun: Bool = false) throws -> CollectionReport {
        let (gone, planned) = try withConnection { connection in
            try dryRun
                ? preview(policy, connection) : connection.transaction { try sweep(policy, connection) }
        }
        var report = planned
        for copy in workFolder.plainCopies() where gone.contains(copy.digest) {
            report.freedWork = report.freedWork.adding(copy.status.size)
            if !dryRun { try? FileSystem.removeFile(copy.path) }
        }
        guard !dryRun, report.activeRuns.isEmpty else { return report }
        workFolder.sweep()
        guard try collectChunks() else { return report }
        report.freedWork = report.freedWork.adding(try removeLeftovers())
        try shrink()
        return report
    }

    /// The runs that are under way, in words.
    public func activeRuns() throws -> [String] {
        try withConnection { try Self.activeRuns($0) }
    }

    private static func activeRuns(_ connection: Connection) throws -> [String] {
        let now = now()
        return try connection.rows(
            """
            SELECT r.id, r.pipeline, r.process, r.started,
                (SELECT max(expires) FROM lease l WHERE l.process = r.process)
            FROM run r WHERE r.finished IS NULL ORDER BY r.id
            """
        ) { row -> String? in
            guard let process = ProcessIdentity(text: row.text(2) ?? "") else { return nil }
            // A process on another host cannot be looked at: its claims tell, and without any, a day.
            let isAlive = process.isAlive ?? (row.real(4) > now || row.real(3) > now - 86_400)
            return isAlive ? "run \(row.integer(0)) of \(row.text(1) ?? "?"), \(process.phrase)" : nil
        }.compactMap { $0 }
    }

    private func preview(
        _ policy: CollectionPolicy, _ connection: Connection
    ) throws -> (Set<Digest?>, CollectionReport) {
        let plan = try CollectionPlan(connection, policy: policy, now: Self.now())
        return try describe(plan, connection)
    }

    private func sweep(
        _ policy: CollectionPolicy, _ connection: Connection
    ) throws -> (Set<Digest?>, CollectionReport) {
        let plan = try CollectionPlan(connection, policy: policy, now: Self.now())
        let description = try describe(plan, connection)
        guard description.1.activeRuns.isEmpty else { return description }
        for trace in plan.traces { try connection.run("DELETE FROM trace WHERE id = ?", .integer(trace.id)) }
        for object in plan.objects {
            try connection.run("DELETE FROM object WHERE id = ?", .integer(object))
        }
        // Dead processes' claims.
        let claims = try connection.rows("SELECT DISTINCT process FROM lease") { $0.text(0) ?? "" }
        for claim in claims where ProcessIdentity(text: claim)?.isAlive == false {
            try connection.run("DELETE FROM lease WHERE process = ?", .text(claim))
        }
        return description
    }

    private func describe(
        _ plan: CollectionPlan, _ connection: Connection
    ) throws -> (Set<Digest?>, CollectionReport) {
        var report = CollectionReport()
        report.activeRuns = try Self.activeRuns(connection)
        report.objects = plan.objects.count
        report.chunks = plan.freedChunks
        report.remaining = plan.remaining
        report.kept = plan.kept
        report.freed = plan.freed
        report.items = try plan.traces.compactMap { trace in
            try Self.item(trace.id, used: trace.used, freed: trace.freed, connection)
        }
        let digests = try plan.objects.map { object in
            try connection.first("SELECT digest FROM object WHERE id = ?", .integer(object)) {
                Digest(bytes: $0.blob(0))
            } ?? nil
        }
        return (Set(digests.filter { $0 != nil }), report)
    }

    private static func item(
        _ trace: Int, used: Double, freed: Int, _ connection: Connection
    ) throws -> CollectionReport.Item? {
        let stages = try connection.rows(
            """
            SELECT DISTINCT r.pipeline || ':' || x.stage FROM run_stage x JOIN run r ON r.id = x.run
            WHERE x.trace = ? ORDER BY 1
            """, .integer(trace)
        ) { $0.text(0) ?? "" }
        let outputs = try connection.rows(
            """
            SELECT p.name AS name, o.digest AS digest, o.shape AS shape, o.size AS size
            FROM trace_output p JOIN object o ON o.id = p.object WHERE p.trace = ?
            """, .integer(trace)
        ) { row in (name: row.text("name") ?? "", artifact: try artifact(row)) }
        let named = outputs.map { ($0.name, $0.artifact.digest) }
        return try connection.first("SELECT kind FROM trace WHERE id = ?", .integer(trace)) { row in
            CollectionReport.Item(
                stages: stages, kind: row.text("kind") ?? "",
                outputs: Dictionary(named) { first, _ in first },
                size: outputs.reduce(0) { $0.adding($1.artifact.size) }, freed: freed, used: used)
        }
    }

    /// Deletes the chunks that no object has; false where a run began meanwhile.
    private func collectChunks() throws -> Bool {
        guard try takeNamesAway() else { return false }
        var last = 0
        while true {
            let step = try withConnection { connection in
                try connection.transaction { () -> (end: Int?, isInterrupted: Bool) in
                    guard try Self.activeRuns(connection).isEmpty else { return (nil, true) }
                    let chunks = try connection.rows(
                        """
                        SELECT id, beside FROM chunk c WHERE id > ? AND (beside = 0 OR digest IS NULL)
                            AND NOT EXISTS (SELECT 1 FROM object_chunk x WHERE x.chunk = c.id) LIMIT ?
                        """, .integer(last), .integer(Self.collectedAtOnce)
                    ) { (id: $0.integer(0), isBeside: $0.integer(1) == 1) }
                    try bulk.delete(chunks.filter(\.isBeside).map(\.id))
                    for chunk in chunks {
                        try connection.run("DELETE FROM chunk WHERE id = ?", .integer(chunk.id))
                    }
                    return (chunks.last?.id, false)
                }
            }
            if step.isInterrupted { return false }
            guard let end = step.end else { return true }
            last = end
        }
    }

    /// Takes the names of the chunks that no object has and whose bytes are beside, so that after a crash between the two
    /// databases nothing refers to bytes that are gone; false where a run is under way.
    private func takeNamesAway() throws -> Bool {
        try withConnection { connection in
            // On the disk before the bytes go.
            try connection.transaction(isDurable: true) {
                guard try Self.activeRuns(connection).isEmpty else { return false }
                try connection.run(
                    """
                    UPDATE chunk SET digest = NULL WHERE beside = 1 AND digest IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM object_chunk x WHERE x.chunk = chunk.id)
                    """)
                return true
            }
        }
    }

    /// Gives free pages at the end of the file back to the disk, a few at a time: the store is made with
    /// `auto_vacuum = INCREMENTAL`, because `VACUUM` would write the whole store anew and need as much space again.
    private func shrink() throws {
        while true {
            let isDone = try withConnection { connection in
                guard try Self.activeRuns(connection).isEmpty else { return true }
                let shrank = try Self.shrink(connection)
                return try bulk.existing(Self.shrink) != true && !shrank
            }
            if isDone { break }
        }
        try withConnection { try $0.forEachRow("PRAGMA wal_checkpoint(TRUNCATE)") { _ in } }
    }

    /// Gives some free pages back; false where there are none, or none can go.
    private static func shrink(_ connection: Connection) throws -> Bool {
        let free = try connection.first("PRAGMA freelist_count") { $0.integer(0) } ?? 0
        guard free > 0 else { return false }
        // One step of the statement frees one page.
        try connection.forEachRow("PRAGMA incremental_vacuum(4096)") { _ in }
        return try connection.first("PRAGMA freelist_count") { $0.integer(0) } != free
    }
}
