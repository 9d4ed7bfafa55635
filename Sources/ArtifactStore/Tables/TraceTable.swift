internal import Dataflow
internal import Digests
internal import SQLite
internal import StageSchemas

/// The tables `trace`, `trace_input`, `trace_output` and `stage`: key → outputs, each key's material, and the latest
/// trace of each stage of each pipeline.
struct TraceTable {
    let connection: Connection

    private static let columns = """
        t.id AS id, t.key AS key, t.kind AS kind, t.fingerprint AS fingerprint, t.parameters AS parameters,
        t.command AS command, t.declared AS declared, t.code AS code, t.environment AS environment,
        t.metrics AS metrics, t.wall_seconds AS wall_seconds, t.cpu_seconds AS cpu_seconds,
        t.peak_memory AS peak_memory, (SELECT digest FROM object WHERE id = t.log) AS log,
        t.confinement AS confinement, t.declared_key AS declared_key, t.paths AS paths, t.snapshot AS snapshot,
        t.accepted AS accepted
        """

    private static let lookUp = """
        SELECT t.metrics AS metrics, t.wall_seconds AS wall_seconds, t.cpu_seconds AS cpu_seconds,
            t.peak_memory AS peak_memory, (SELECT digest FROM object WHERE id = t.log) AS log, p.name AS name,
            t.confinement AS confinement, t.accepted AS accepted, p.executable AS executable,
            \(ObjectTable.artifactColumns), o.damaged AS damaged
        FROM trace t LEFT JOIN trace_output p ON p.trace = t.id LEFT JOIN object o ON o.id = p.object
        WHERE t.key = ?
        """

    /// The trace for a key; nil if there is none, an output is damaged, or its own row is. Two indexed lookups.
    func trace(of key: Key) throws -> Trace? {
        let sql = "SELECT id FROM trace WHERE key = ?"
        guard let id = try connection.first(sql, .blob(key.digest.bytes), map: { $0.integer("id") }) else {
            return nil
        }
        return try ifSound {
            let outputs = try outputs(of: id)
            return outputs.isWhole ? try trace(id, outputs.artifacts) : nil
        }
    }

    /// The trace for a key whose material is known, so that it need not be read back. One indexed lookup.
    func trace(
        of key: Key, _ material: KeyMaterial, _ discovered: Trace.Discovered?
    ) throws -> Trace? {
        var found:
            (
                metrics: [String: Double], cost: Cost, log: Digest?, confinement: Trace.Confinement?,
                accepted: Key?
            )?
        var outputs: [String: Artifact] = [:]
        var isWhole = true
        return try ifSound {
            try connection.forEachRow(Self.lookUp, [.blob(key.digest.bytes)]) { row in
                if found == nil {
                    let log = row.withBlob("log") { Digest(bytes: $0) }
                    found = (metrics(row), try cost(row), log, confinement(row), accepted(row))
                }
                guard let name = row.text("name") else { return }
                isWhole = isWhole && row.integer("damaged") == 0
                outputs[name] = try ObjectTable.output(row)
            }
            guard let found, isWhole else { return nil }
            return Trace(
                key: key, material: material, outputs: outputs, metrics: found.metrics, cost: found.cost,
                log: found.log, confinement: found.confinement, discovered: discovered,
                accepted: found.accepted)
        }
    }

    /// The trace with this ID; its outputs may be damaged. Nil if there is none, or its own row is damaged.
    func trace(_ id: TraceID) throws -> Trace? {
        try ifSound { try trace(id.number, try outputs(of: id.number).artifacts) }
    }

    /// The latest trace of the stage with this description; its outputs may be damaged. Nil if its own row is.
    func latest(ofStage stage: String, inPipeline pipeline: String) throws -> Trace? {
        let sql = "SELECT trace FROM stage WHERE pipeline = ? AND name = ?"
        let found = try connection.first(sql, .text(pipeline), .text(stage)) { $0.integer("trace") }
        guard let id = found else { return nil }
        return try ifSound { try trace(id, try outputs(of: id).artifacts) }
    }

    /// The wall seconds of each stage's latest trace.
    func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        var result: [String: Double] = [:]
        let sql = """
            SELECT s.name AS name, t.wall_seconds AS wall_seconds FROM stage s JOIN trace t ON t.id = s.trace
            WHERE s.pipeline = ?
            """
        try connection.forEachRow(sql, [.text(pipeline)]) { row in
            guard let name = row.text("name") else { return }
            result[name] = try ifSound { try row.seconds("wall_seconds", of: "a trace") }
        }
        return result
    }

    /// The outputs of the latest trace of the stage with this name, by name; of the pipeline that ran last if none is
    /// given.
    func latestOutputs(ofStage stage: String, pipeline: String?) throws -> [(
        name: String, artifact: Artifact
    )] {
        let trace = try connection.first(
            """
            SELECT s.trace AS trace FROM stage s WHERE s.name = ?1 AND (?2 IS NULL OR s.pipeline = ?2)
            ORDER BY (SELECT max(id) FROM run r WHERE r.pipeline = s.pipeline) DESC LIMIT 1
            """, .text(stage), .text(orNull: pipeline)
        ) { $0.integer("trace") }
        return try trace.map { try namedOutputs(of: $0) } ?? []
    }

    /// The pipelines that have a stage with this name, most recently run first.
    func pipelines(withStage stage: String) throws -> [String] {
        try connection.rows(
            """
            SELECT s.pipeline AS pipeline FROM stage s WHERE s.name = ?
            ORDER BY (SELECT max(id) FROM run r WHERE r.pipeline = s.pipeline) DESC
            """, .text(stage)
        ) { $0.text("pipeline") ?? "" }
    }

    /// A trace's outputs, by name.
    func namedOutputs(of trace: Int) throws -> [(name: String, artifact: Artifact)] {
        try connection.rows(
            """
            SELECT p.name AS name, p.executable AS executable, \(ObjectTable.artifactColumns)
            FROM trace_output p JOIN object o ON o.id = p.object WHERE p.trace = ? ORDER BY p.name
            """, .integer(trace)
        ) { row in (name: row.text("name") ?? "", artifact: try ObjectTable.output(row)) }
    }

    /// The result of `body`; nil if rows that it reads are damaged: the work is then repeated, and they are replaced.
    func ifSound<Result>(_ body: () throws -> Result?) throws -> Result? {
        do {
            return try body()
        } catch let error as StoreError where error.code == .damaged {
            return nil
        }
    }

    private func outputs(of trace: Int) throws -> (artifacts: [String: Artifact], isWhole: Bool) {
        var outputs: [String: Artifact] = [:]
        var isWhole = true
        let sql = """
            SELECT p.name AS name, p.executable AS executable, \(ObjectTable.artifactColumns), o.damaged AS damaged
            FROM trace_output p JOIN object o ON o.id = p.object WHERE p.trace = ?
            """
        try connection.forEachRow(sql, [.integer(trace)]) { row in
            guard let name = row.text("name") else { return }
            isWhole = isWhole && row.integer("damaged") == 0
            outputs[name] = try ObjectTable.output(row)
        }
        return (outputs, isWhole)
    }

    private func trace(_ id: Int, _ outputs: [String: Artifact]) throws -> Trace? {
        var inputs: [String: [KeyMaterial.Element]] = [:]
        let sql =
            "SELECT name, coordinates, digest, executable FROM trace_input WHERE trace = ? ORDER BY name, position"
        try connection.forEachRow(sql, [.integer(id)]) { row in
            guard let name = row.text("name") else { return }
            let digest = try row.digest("digest", of: "the input '\(name)' of trace \(id)")
            let element = KeyMaterial.Element(
                coordinates: JSONColumn.map(row.text("coordinates")), digest: digest,
                isExecutable: row.integer("executable") == 1)
            inputs[name, default: []].append(element)
        }
        return try connection.first("SELECT \(Self.columns) FROM trace t WHERE t.id = ?", .integer(id)) {
            row in
            Trace(
                key: Key(try row.digest("key", of: "trace \(id)")),
                material: KeyMaterial(try work(row, id), inputs: inputs), outputs: outputs,
                metrics: metrics(row), cost: try cost(row),
                log: row.withBlob("log") { Digest(bytes: $0) }, confinement: confinement(row),
                discovered: discovered(row), accepted: accepted(row))
        }
    }

    private func accepted(_ row: borrowing Row) -> Key? {
        row.withBlob("accepted") { Digest(bytes: $0) }.map { Key($0) }
    }

    private func confinement(_ row: borrowing Row) -> Trace.Confinement? {
        row.text("confinement").flatMap { Trace.Confinement(rawValue: $0) }
    }

    /// Nil if nothing was observed, or the row is incomplete.
    private func discovered(_ row: borrowing Row) -> Trace.Discovered? {
        func digest(_ name: String) -> Digest? { row.withBlob(name) { Digest(bytes: $0) } }
        guard let declared = digest("declared_key"), let paths = digest("paths"),
            let snapshot = digest("snapshot")
        else { return nil }
        return Trace.Discovered(declared: Key(declared), pathSet: paths, snapshot: snapshot)
    }

    private func work(_ row: borrowing Row, _ id: Int) throws(StoreError) -> KeyMaterial.Work {
        if let text = row.text("command") {
            let environment = JSONColumn.map(row.text("environment"))
            // Results of version 0.1 have none.
            var interpreter: [String] = []
            var exempt: [String] = []
            let parameters = JSONColumn.map(row.text("parameters"))
            if case .list(let words)? = parameters["shell"] { interpreter = words.map(\.description) }
            if case .list(let paths)? = parameters["allow"] { exempt = paths.map(\.description) }
            return .command(
                KeyMaterial.Command(
                    text: text, interpreter: interpreter,
                    outputs: JSONColumn.map(row.text("declared")).mapValues(\.description),
                    code: JSONColumn.list(row.text("code")).compactMap {
                        Digest(hexadecimal: $0.description)
                    },
                    environment: environment.mapValues { $0 == .null ? nil : $0.description }, exempt: exempt)
            )
        }
        guard let name = row.text("kind") else {
            throw StoreError(.damaged, "trace \(id) has neither a command nor a kind")
        }
        return .kind(
            name: name, fingerprint: try row.digest("fingerprint", of: "trace \(id)"),
            parameters: JSONColumn.map(row.text("parameters")))
    }

    private func cost(_ row: borrowing Row) throws(StoreError) -> Cost {
        Cost(
            wallSeconds: try row.seconds("wall_seconds", of: "a trace"),
            cpuSeconds: try row.seconds("cpu_seconds", of: "a trace"),
            peakMemory: try row.count("peak_memory", of: "a trace"))
    }

    private func metrics(_ row: borrowing Row) -> [String: Double] {
        JSONColumn.numbers(row.text("metrics"))
    }

    /// Impossible values.
    static let checks = [
        RowCheck(
            query: """
                SELECT id AS id, coalesce(
                    (SELECT 'the result of ' || s.pipeline || ':' || s.name FROM stage s WHERE s.trace = trace.id),
                    'a result of ' || kind) AS name
                FROM trace
                WHERE wall_seconds NOT \(RowCheck.seconds) OR cpu_seconds NOT \(RowCheck.seconds)
                    OR created NOT \(RowCheck.seconds) OR peak_memory NOT \(RowCheck.size) OR length(key) <> 32
                    OR command IS NULL AND length(fingerprint) IS NOT 32
                    OR EXISTS (SELECT 1 FROM trace_input i WHERE i.trace = trace.id AND length(i.digest) <> 32)
                """,
            consequence: "it will be recomputed", repairs: ["DELETE FROM trace WHERE id = ?"])
    ]
}
