internal import Dataflow
internal import Digests
internal import SQLite

extension ArtifactStore {
    /// Records stages that were only looked up. A run with nothing to do consists of them, so it is done in the order of
    /// their names, which is the tables' order, and what the store says already is not written again.
    static func record(hits: [StageResult], run: RunID, _ connection: Connection) throws {
        guard !hits.isEmpty else { return }
        let pipeline = try connection.first(
            "SELECT pipeline FROM run WHERE id = ?", .integer(run.number), map: { $0.text(0) })
        guard let pipeline = pipeline ?? nil else {
            throw StoreError(.missing, "the store has no run \(run)")
        }
        for hit in hits.sorted(by: { $0.stage < $1.stage }) {
            let stage = Argument.text(hit.stage.description)
            let key = hit.key?.digest.bytes
            let found = try connection.first(
                "SELECT t.id, s.trace FROM trace t LEFT JOIN stage s ON s.pipeline = ? AND s.name = ? "
                    + "WHERE t.key = ?", .text(pipeline), stage, .blob(orNull: key)
            ) { row in (trace: row.integer(0), latest: row.isNull(1) ? nil : row.integer(1)) }
            try connection.run(
                "INSERT INTO run_stage (run, stage, kind, key, trace, disposition, reasons) "
                    + "VALUES (?, ?, ?, ?, ?, 'cached', '[]')",
                .integer(run.number), stage, .text(hit.kind), .blob(orNull: key),
                .integer(orNull: found?.trace))
            guard let found, found.latest != found.trace else { continue }
            try connection.run(
                "INSERT INTO stage (pipeline, name, trace) VALUES (?, ?, ?) "
                    + "ON CONFLICT (pipeline, name) DO UPDATE SET trace = excluded.trace",
                .text(pipeline), stage, .integer(found.trace))
        }
    }
}
