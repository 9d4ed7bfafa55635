public import Dataflow
public import Digests
internal import FoundationEssentials
internal import SQLite
internal import StageSchemas

extension ArtifactStore {
    private static let traceColumns = """
        t.id, t.key, t.kind, t.fingerprint, t.parameters, t.command, t.declared, t.code, t.environment, t.metrics,
        t.wall_seconds, t.cpu_seconds, t.peak_memory, (SELECT digest FROM object WHERE id = t.log)
        """

    /// The trace of a key, or nil where there is none or an output is damaged. Two indexed lookups.
    public func trace(for key: Key) throws -> Trace? {
        try withConnection { connection in
            guard
                let id = try connection.first(
                    "SELECT id FROM trace WHERE key = ?", .blob(key.digest.bytes), map: { $0.integer(0) })
            else { return nil }
            guard let outputs = try Self.outputs(ofTrace: id, connection, wholeOnly: true) else { return nil }
            return try Self.trace(id, outputs: outputs, connection)
        }
    }

    /// True where the artifact and all that it names are whole.
    public func holds(_ artifact: Digest) throws -> Bool { try hasWhole(artifact) }

    /// The latest trace of a stage; its outputs may be damaged.
    public func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? {
        try latestTrace(ofStage: stage.description, inPipeline: pipeline)
    }

    /// The latest trace of the stage with this description.
    public func latestTrace(ofStage stage: String, inPipeline pipeline: String) throws -> Trace? {
        try withConnection { connection in
            let id = try connection.first(
                "SELECT trace FROM stage WHERE pipeline = ? AND name = ?", .text(pipeline), .text(stage)
            ) { $0.integer(0) }
            guard let id else { return nil }
            let outputs = try Self.outputs(ofTrace: id, connection, wholeOnly: false) ?? [:]
            return try Self.trace(id, outputs: outputs, connection)
        }
    }

    /// The wall seconds of each stage's latest trace.
    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        try withConnection { connection in
            var result: [String: Double] = [:]
            let sql =
                "SELECT s.name, t.wall_seconds FROM stage s JOIN trace t ON t.id = s.trace WHERE s.pipeline = ?"
            try connection.forEachRow(sql, [.text(pipeline)]) { row in
                result[row.text(0) ?? ""] = row.real(1)
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
            SELECT p.name, o.digest, o.shape, o.size, o.damaged FROM trace_output p JOIN object o ON o.id = p.object
            WHERE p.trace = ?
            """
        try connection.forEachRow(sql, [.integer(id)]) { row in
            guard let name = row.text(0), let digest = Digest(bytes: row.blob(1)) else { return }
            isWhole = isWhole && row.integer(4) == 0
            let shape: Artifact.Shape = row.text(2) == "tree" ? .tree : .file
            outputs[name] = Artifact(digest: digest, shape: shape, size: row.integer(3))
        }
        return wholeOnly && !isWhole ? nil : outputs
    }

    private static func trace(
        _ id: Int, outputs: [String: Artifact], _ connection: Connection
    ) throws -> Trace? {
        var inputs: [String: [KeyMaterial.Element]] = [:]
        let sql = "SELECT name, coordinates, digest FROM trace_input WHERE trace = ? ORDER BY name, position"
        try connection.forEachRow(sql, [.integer(id)]) { row in
            guard let name = row.text(0), let digest = Digest(bytes: row.blob(2)) else { return }
            let element = KeyMaterial.Element(coordinates: map(row.text(1)), digest: digest)
            inputs[name, default: []].append(element)
        }
        return try connection.first("SELECT \(traceColumns) FROM trace t WHERE t.id = ?", .integer(id)) {
            row in
            guard let key = Digest(bytes: row.blob(1)) else {
                throw StoreError(.damaged, "trace \(id) has a key that is no digest")
            }
            let material = KeyMaterial(
                kind: row.text(2) ?? "", fingerprint: Digest(bytes: row.blob(3)),
                parameters: map(row.text(4)), inputs: inputs, command: row.text(5),
                outputs: map(row.text(6)).mapValues(\.description),
                code: list(row.text(7)).compactMap { Digest(hexadecimal: $0.description) },
                environment: map(row.text(8)).mapValues { $0 == .null ? nil : $0.description })
            let metrics = map(row.text(9)).compactMapValues { value -> Double? in
                switch value {
                case .integer(let number): Double(number)
                case .number(let number): number
                default: nil
                }
            }
            return Trace(
                key: Key(key), material: material, outputs: outputs, metrics: metrics,
                cost: Cost(wallSeconds: row.real(10), cpuSeconds: row.real(11), peakMemory: row.integer(12)),
                log: Digest(bytes: row.blob(13)))
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
