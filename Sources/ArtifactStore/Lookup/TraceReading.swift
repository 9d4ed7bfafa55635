public import Dataflow
public import Digests
internal import FoundationEssentials
internal import SQLite
internal import StageSchemas

extension ArtifactStore {
    private static let traceColumns = """
        t.id AS id, t.key AS key, t.kind AS kind, t.fingerprint AS fingerprint, t.parameters AS parameters,
        t.command AS command, t.declared AS declared, t.code AS code, t.environment AS environment,
        t.metrics AS metrics, t.wall_seconds AS wall_seconds, t.cpu_seconds AS cpu_seconds,
        t.peak_memory AS peak_memory, (SELECT digest FROM object WHERE id = t.log) AS log
        """

    /// The trace of a key; nil if there is none, an output is damaged, or its own row is. Two indexed lookups.
    public func trace(for key: Key) throws -> Trace? {
        try withReader { connection in
            guard
                let id = try connection.first(
                    "SELECT id FROM trace WHERE key = ?", .blob(key.digest.bytes), map: { $0.integer("id") })
            else { return nil }
            return try Self.ifSound {
                guard let outputs = try Self.outputs(ofTrace: id, connection, wholeOnly: true) else {
                    return nil
                }
                return try Self.trace(id, outputs: outputs, connection)
            }
        }
    }

    /// The trace of what a key is the digest of, without reading that back. One indexed lookup.
    public func trace(for key: Key, of material: KeyMaterial) throws -> Trace? {
        let sql = """
            SELECT t.metrics AS metrics, t.wall_seconds AS wall_seconds, t.cpu_seconds AS cpu_seconds,
                t.peak_memory AS peak_memory, (SELECT digest FROM object WHERE id = t.log) AS log, p.name AS name,
                o.digest AS digest, o.shape AS shape, o.size AS size, o.damaged AS damaged
            FROM trace t LEFT JOIN trace_output p ON p.trace = t.id LEFT JOIN object o ON o.id = p.object
            WHERE t.key = ?
            """
        return try withReader { connection in
            var found: (metrics: [String: Double], cost: Cost, log: Digest?)?
            var outputs: [String: Artifact] = [:]
            var isWhole = true
            return try Self.ifSound {
                try connection.forEachRow(sql, [.blob(key.digest.bytes)]) { row in
                    if found == nil {
                        let log = row.withBlob("log") { Digest(bytes: $0) }
                        found = (Self.metrics(row.text("metrics")), try Self.cost(row), log)
                    }
                    guard let name = row.text("name") else { return }
                    isWhole = isWhole && row.integer("damaged") == 0
                    outputs[name] = try Self.artifact(row)
                }
                guard let found, isWhole else { return nil }
                return Trace(
                    key: key, material: material, outputs: outputs, metrics: found.metrics, cost: found.cost,
                    log: found.log)
            }
        }
    }

    /// What `body` gives; nil if rows that it reads are damaged: the work is done again then, and they are replaced.
    private static func ifSound<Result>(_ body: () throws -> Result?) throws -> Result? {
        do {
            return try body()
        } catch let error as StoreError where error.code == .damaged {
            return nil
        }
    }

    /// The cost of a trace.
    private static func cost(_ row: borrowing Row) throws(StoreError) -> Cost {
        Cost(
            wallSeconds: try row.seconds("wall_seconds", of: "a trace"),
            cpuSeconds: try row.seconds("cpu_seconds", of: "a trace"),
            peakMemory: try row.count("peak_memory", of: "a trace"))
    }

    /// True where the artifact and all that it names are whole.
    public func holds(_ artifact: Digest) throws -> Bool {
        try withReader { try Self.hasWhole(artifact, $0) }
    }

    /// The latest trace of a stage; its outputs may be damaged.
    public func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? {
        try latestTrace(ofStage: stage.description, inPipeline: pipeline)
    }

    /// The latest trace of the stage with this description.
    public func latestTrace(ofStage stage: String, inPipeline pipeline: String) throws -> Trace? {
        try withReader { connection in
            let id = try connection.first(
                "SELECT trace FROM stage WHERE pipeline = ? AND name = ?", .text(pipeline), .text(stage)
            ) { $0.integer("trace") }
            guard let id else { return nil }
            return try Self.ifSound {
                let outputs = try Self.outputs(ofTrace: id, connection, wholeOnly: false) ?? [:]
                return try Self.trace(id, outputs: outputs, connection)
            }
        }
    }

    /// The wall seconds of each stage's latest trace.
    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        try withReader { connection in
            var result: [String: Double] = [:]
            let sql = """
                SELECT s.name AS name, t.wall_seconds AS wall_seconds FROM stage s JOIN trace t ON t.id = s.trace
                WHERE s.pipeline = ?
                """
            try connection.forEachRow(sql, [.text(pipeline)]) { row in
                guard let name = row.text("name") else { return }
                result[name] = try Self.ifSound { try row.seconds("wall_seconds", of: "a trace") }
            }
            return result
        }
    }

    private static func outputs(
        ofTrace id: Int, _ connection: Connection, wholeOnly: Bool
    ) throws -> [String: Artifact]? {
        var outputs: [String: Artifact] = [:]
        var isWhole = true
        let sql = """
            SELECT p.name AS name, o.digest AS digest, o.shape AS shape, o.size AS size, o.damaged AS damaged
            FROM trace_output p JOIN object o ON o.id = p.object WHERE p.trace = ?
            """
        try connection.forEachRow(sql, [.integer(id)]) { row in
            guard let name = row.text("name") else { return }
            isWhole = isWhole && row.integer("damaged") == 0
            outputs[name] = try artifact(row)
        }
        return wholeOnly && !isWhole ? nil : outputs
    }

    private static func trace(
        _ id: Int, outputs: [String: Artifact], _ connection: Connection
    ) throws -> Trace? {
        var inputs: [String: [KeyMaterial.Element]] = [:]
        let sql = "SELECT name, coordinates, digest FROM trace_input WHERE trace = ? ORDER BY name, position"
        try connection.forEachRow(sql, [.integer(id)]) { row in
            guard let name = row.text("name") else { return }
            let digest = try row.digest("digest", of: "the input '\(name)' of trace \(id)")
            let element = KeyMaterial.Element(coordinates: map(row.text("coordinates")), digest: digest)
            inputs[name, default: []].append(element)
        }
        return try connection.first("SELECT \(traceColumns) FROM trace t WHERE t.id = ?", .integer(id)) {
            row in
            let work: KeyMaterial.Work
            if let text = row.text("command") {
                work = .command(
                    KeyMaterial.Command(
                        text: text, outputs: map(row.text("declared")).mapValues(\.description),
                        code: list(row.text("code")).compactMap { Digest(hexadecimal: $0.description) },
                        environment: map(row.text("environment"))
                            .mapValues { $0 == .null ? nil : $0.description }))
            } else if let name = row.text("kind"), let fingerprint = Digest(bytes: row.blob("fingerprint")) {
                work = .kind(name: name, fingerprint: fingerprint, parameters: map(row.text("parameters")))
            } else {
                throw StoreError(
                    .damaged, "trace \(id) has neither a command nor a kind with its fingerprint")
            }
            let material = KeyMaterial(work, inputs: inputs)
            return Trace(
                key: Key(try row.digest("key", of: "trace \(id)")), material: material, outputs: outputs,
                metrics: metrics(row.text("metrics")), cost: try cost(row),
                log: Digest(bytes: row.blob("log")))
        }
    }

    private static func metrics(_ json: String?) -> [String: Double] {
        map(json).compactMapValues { value -> Double? in
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        }
    }

    /// The map in a JSON column; empty objects, the usual case, are not parsed.
    static func map(_ json: String?) -> [String: Value] {
        guard let json, json != "{}",
            case .map(let entries)? = try? JSONDecoder().decode(Value.self, from: Data(json.utf8))
        else { return [:] }
        return entries
    }

    static func list(_ json: String?) -> [Value] {
        guard let json, json != "[]",
            case .list(let values)? = try? JSONDecoder().decode(Value.self, from: Data(json.utf8))
        else { return [] }
        return values
    }
}
