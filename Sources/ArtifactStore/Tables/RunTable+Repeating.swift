internal import Clocks
internal import Dataflow
internal import Digests
internal import SQLite

/// Runs that find everything as an earlier run left it.
extension RunTable {
    /// A digest of everything that looking up the stages of a run would read about their results; nil unless every stage has an
    /// intact result that is its latest.
    func image(of run: RunID) throws -> Digest? {
        var hash = SHA256()
        var bytes: [UInt8] = []
        var isSound = true
        // In the order of the index, so that nothing is sorted. A row that was changed by hand changes the digest.
        try connection.forEachRow(
            """
            SELECT t.key IS x.key AND s.trace IS x.trace AND x.disposition IN ('ran', 'cached')
                    AND coalesce(o.damaged, 0) IS 0 AS sound,
                x.stage, x.kind, x.trace, t.key, t.declared_key, t.paths, t.snapshot, t.confinement, t.accepted, t.metrics,
                t.wall_seconds, t.cpu_seconds, t.peak_memory, t.log, p.name, p.executable, o.digest, o.shape, o.size
            FROM run r CROSS JOIN run_stage x ON x.run = r.id
                LEFT JOIN trace t ON t.id = x.trace
                LEFT JOIN stage s ON s.pipeline = r.pipeline AND s.name = x.stage
                LEFT JOIN trace_output p ON p.trace = t.id
                LEFT JOIN object o ON o.id = p.object
            WHERE r.id = ? ORDER BY x.stage, p.name
            """, [.integer(run.number)]
        ) { row in
            isSound = isSound && row.integer("sound") == 1
            row.appendColumns(to: &bytes)
            guard bytes.count >= 1 << 16 else { return }
            hash.update(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        // A later result of the same work would be found first.
        try connection.forEachRow("SELECT max(id) FROM trace") { $0.appendColumns(to: &bytes) }
        hash.update(bytes)
        let digest = hash.finalize()
        return isSound ? digest : nil
    }

    /// Records a finished run that found everything as another one left it, whose stages all have results.
    func insert(repeating run: RunID, started: Double) throws -> RunID {
        try connection.run(
            """
            INSERT INTO run
                (pipeline, file, arguments, host, process, started, finished, outcome, parameters, name, note)
            SELECT pipeline, file, arguments, ?, ?, ?, ?, ?, parameters, name, note FROM run WHERE id = ?
            """, .text(ProcessIdentity.hostName), .text(ProcessIdentity.current.text), .real(started),
            .real(WallClock.seconds()), .text(RunOutcome.succeeded.rawValue), .integer(run.number))
        guard connection.changes == 1 else { throw StoreError(.missing, "the store has no run \(run)") }
        let id = connection.lastInsertedRow
        try connection.run(
            """
            INSERT INTO run_stage (run, stage, kind, key, trace, disposition, reasons)
            SELECT ?, stage, kind, key, trace, 'cached', '[]' FROM run_stage WHERE run = ? ORDER BY stage
            """, .integer(id), .integer(run.number))
        return RunID(id)
    }
}
