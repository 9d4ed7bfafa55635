internal import Clocks
internal import Dataflow
internal import Digests
internal import SQLite
internal import StageSchemas

extension TraceTable {
    /// Adds a trace whose outputs and log are already in the database, replacing the one with the same key.
    ///
    /// - Returns: its ID.
    func insert(_ trace: Trace) throws -> Int {
        let objects = ObjectTable(connection: connection)
        let work = WorkColumns(trace.material.work)
        let log = try trace.log.map { try objects.id(of: $0) }
        try connection.run("DELETE FROM trace WHERE key = ?", .blob(trace.key.digest.bytes))
        try connection.run(
            """
            INSERT INTO trace (key, kind, fingerprint, parameters, command, declared, code, environment, metrics,
                wall_seconds, cpu_seconds, peak_memory, host, log, created, confinement, declared_key, paths, snapshot,
                accepted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .blob(trace.key.digest.bytes), .text(trace.material.work.kindName),
            .blob(orNull: work.fingerprint?.bytes), .text(Value.map(work.parameters).json),
            .text(orNull: work.command?.text),
            .text(Value.map((work.command?.outputs ?? [:]).mapValues { .string($0) }).json),
            .text(Value.list((work.command?.code ?? []).map { .string($0.hexadecimal) }).json),
            .text(
                Value.map(
                    (work.command?.environment ?? [:]).mapValues { $0.map { .string($0) } ?? .null }
                ).json),
            .text(Value.map(trace.metrics.mapValues { .number($0) }).json), .real(trace.cost.wallSeconds),
            .real(trace.cost.cpuSeconds), .integer(trace.cost.peakMemory), .text(ProcessIdentity.hostName),
            .integer(orNull: log), .real(WallClock.seconds()), .text(orNull: trace.confinement?.rawValue),
            .blob(orNull: trace.discovered?.declared.digest.bytes),
            .blob(orNull: trace.discovered?.pathSet.bytes), .blob(orNull: trace.discovered?.snapshot.bytes),
            .blob(orNull: trace.accepted?.digest.bytes))
        let id = connection.lastInsertedRow
        for (name, elements) in trace.material.inputs {
            for (position, element) in elements.enumerated() {
                try connection.run(
                    """
                    INSERT INTO trace_input (trace, name, position, coordinates, digest, executable)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                    .integer(id), .text(name), .integer(position), .text(Value.map(element.coordinates).json),
                    .blob(element.digest.bytes), .integer(element.isExecutable ? 1 : 0))
            }
        }
        for (name, artifact) in trace.outputs {
            try connection.run(
                "INSERT INTO trace_output (trace, name, object, executable) VALUES (?, ?, ?, ?)",
                .integer(id),
                .text(name), .integer(try objects.id(of: artifact.digest)),
                .integer(artifact.isExecutable ? 1 : 0))
        }
        return id
    }

    /// Makes a trace the latest of a stage; writes nothing if it already is.
    func setLatest(ofStage stage: String, inPipeline pipeline: String, _ trace: Int) throws {
        try connection.run(
            """
            INSERT INTO stage (pipeline, name, trace) VALUES (?, ?, ?)
            ON CONFLICT (pipeline, name) DO UPDATE SET trace = excluded.trace WHERE trace <> excluded.trace
            """, .text(pipeline), .text(stage), .integer(trace))
    }

    /// The trace for a key, and the latest of a stage; nil if the key has none.
    func find(
        _ key: Key?, latestOf stage: String, inPipeline pipeline: String
    ) throws -> (trace: Int, latest: Int?)? {
        try connection.first(
            """
            SELECT t.id AS trace, s.trace AS latest
            FROM trace t LEFT JOIN stage s ON s.pipeline = ? AND s.name = ? WHERE t.key = ?
            """, .text(pipeline), .text(stage), .blob(orNull: key?.digest.bytes)
        ) { row in (row.integer("trace"), row.isNull("latest") ? nil : row.integer("latest")) }
    }

    /// Deletes a trace.
    func delete(_ id: Int) throws { try connection.run("DELETE FROM trace WHERE id = ?", .integer(id)) }
}

/// A trace's work as columns; those of other types of work are empty.
private struct WorkColumns {
    var fingerprint: Digest?
    var parameters: [String: Value] = [:]
    var command: KeyMaterial.Command?

    init(_ work: KeyMaterial.Work) {
        switch work {
        case .kind(_, let fingerprint, let parameters):
            self.fingerprint = fingerprint
            self.parameters = parameters
        case .command(let command):
            self.command = command
            if !command.interpreter.isEmpty {
                parameters = ["shell": .list(command.interpreter.map { .string($0) })]
            }
            if !command.exempt.isEmpty { parameters["allow"] = .list(command.exempt.map { .string($0) }) }
        }
    }
}
