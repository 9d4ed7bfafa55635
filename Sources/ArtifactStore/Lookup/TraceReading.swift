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
        try withReader { connection in
            guard
                let id = try connection.first(
                    "SELECT id FROM trace WHERE key = ?", .blob(key.digest.bytes), map: { $0.integer(0) })
            else { return nil }
            guard let outputs = try Self.outputs(ofTrace: id, connection, wholeOnly: true) else { return nil }
            return try Self.trace(id, outputs: outputs, connection)
        }
    }

    /// The trace of what a key is the digest of, without reading that back. One indexed lookup.
    public func trace(for key: Key, of material: KeyMaterial) throws -> Trace? {
        let sql = """
            SELECT t.metrics, t.wall_seconds, t.cpu_seconds, t.peak_memory,
                (SELECT digest FROM object WHERE id = t.log), p.name, o.digest, o.shape, o.size, o.damaged
            FROM trace t LEFT JOIN trace_output p ON p.trace = t.id LEFT JOIN object o ON o.id = p.object
            WHERE t.key = ?
            """
        return try withReader { connection in
            var found: (metrics: [String: Double], cost: Cost, log: Digest?)?
            var outputs: [String: Artifact] = [:]
            var isWhole = true
            try connection.forEachRow(sql, [.blob(key.digest.bytes)]) { row in
                if found == nil {
                    let cost = Cost(
                        wallSeconds: row.real(1), cpuSeconds: row.real(2), peakMemory: row.integer(3))
                    found = (Self.metrics(row.text(0)), cost, row.withBlob(4) { Digest(bytes: $0) })
                }
                guard let name = row.text(5), let artifact = Self.artifact(row, from: 6) else { return }
                isWhole = isWhole && row.integer(9) == 0
                outputs[name] = artifact
            }
            guard let found, isWhole else { return nil }
            return Trace(
                key: key, material: material, outputs: outputs, metrics: found.metrics, cost: found.cost,
                log: found.log)
        }
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
            ) { $0.integer(0) }
            guard let id else { return nil }
            let outputs = try Self.outputs(ofTrace: id, connection, wholeOnly: false) ?? [:]
            return try Self.trace(id, outputs: outputs, connection)
        }
    }

    /// The wall seconds of each stage's latest trace.
    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        try withReader { connection in
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
            guard let name = row.text(0), let artifact = artifact(row, from: 1) else { return }
            isWhole = isWhole && row.integer(4) == 0
            outputs[name] = artifact
        }
        return wholeOnly && !isWhole ? nil : outputs
    }

    /// The artifact of three columns: digest, shape, size.
    private static func artifact(_ row: borrowing Row, from column: Int) -> Artifact? {
        guard let digest = row.withBlob(column, { Digest(bytes: $0) }) else { return nil }
        return Artifact(
            digest: digest, shape: row.text(column + 1) == "tree" ? .tree : .file,
            size: row.integer(column + 2))
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
            let work: KeyMaterial.Work
            if let text = row.text(5) {
                work = .command(
                    KeyMaterial.Command(
                        text: text, outputs: map(row.text(6)).mapValues(\.description),
                        code: list(row.text(7)).compactMap { Digest(hexadecimal: $0.description) },
                        environment: map(row.text(8)).mapValues { $0 == .null ? nil : $0.description }))
            } else if let name = row.text(2), let fingerprint = Digest(bytes: row.blob(3)) {
                work = .kind(name: name, fingerprint: fingerprint, parameters: map(row.text(4)))
            } else {
                throw StoreError(
                    .damaged, "trace \(id) has neither a command nor a kind with its fingerprint")
            }
            let material = KeyMaterial(work, inputs: inputs)
            return Trace(
                key: Key(key), material: material, outputs: outputs, metrics: metrics(row.text(9)),
                cost: Cost(wallSeconds: row.real(10), cpuSeconds: row.real(11), peakMemory: row.integer(12)),
                log: Digest(bytes: row.blob(13)))
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
