public import Dataflow
internal import Digests
internal import SQLite

extension ArtifactStore {
    /// The artifact that a person means.
    ///
    /// - Parameters:
    ///   - reference: `stage`, `stage.output`, `pipeline:stage.output` for a latest result, or at least four
    ///     hexadecimal digits that a digest begins with. A stage of this name comes first.
    ///   - pipeline: the pipeline that is meant where none is named; nil for the one that ran last.
    /// - Throws: `StoreError.missing` where there is none, `invalid` where there are several.
    public func resolve(_ reference: String, pipeline: String? = nil) throws -> Artifact {
        let parsed = StageReference(reference, pipeline: pipeline)
        return try withConnection { connection in
            let outputs = try Self.outputs(of: parsed, connection)
            if let output = parsed.output {
                if let found = outputs.first(where: { $0.name == output }) { return found.artifact }
                if !outputs.isEmpty {
                    throw StoreError(
                        .missing,
                        "'\(parsed.stage)' has no output '\(output)'. It has: \(Self.names(outputs)).")
                }
            } else if let only = outputs.first {
                guard outputs.count == 1 else {
                    throw StoreError(
                        .invalid,
                        "'\(parsed.stage)' has several outputs; name one of \(parsed.stage).\(Self.names(outputs))"
                    )
                }
                return only.artifact
            }
            let found = try Self.artifacts(startingWith: reference, connection)
            guard found.count <= 1 else {
                throw StoreError(
                    .invalid, "more than one artifact's digest begins with '\(reference)'; give more digits")
            }
            guard let only = found.first else {
                throw StoreError(
                    .missing,
                    "the store has no stage and no artifact '\(reference)'. `sluice cache ls` shows what there is."
                )
            }
            return only
        }
    }

    private struct StageReference {
        let pipeline: String?
        let stage: String
        let output: String?

        init(_ text: String, pipeline: String?) {
            var rest = text[...]
            // Coordinates may hold any sign, so a colon or a point counts only outside the brackets.
            let bracket = rest.firstIndex(of: "[") ?? rest.endIndex
            if let colon = rest[..<bracket].firstIndex(of: ":") {
                self.pipeline = String(rest[..<colon])
                rest = rest[rest.index(after: colon)...]
            } else {
                self.pipeline = pipeline
            }
            let start = rest.lastIndex(of: "]") ?? rest.startIndex
            if let point = rest[start...].firstIndex(of: ".") {
                stage = String(rest[..<point])
                output = String(rest[rest.index(after: point)...])
            } else {
                stage = String(rest)
                output = nil
            }
        }
    }

    private static func outputs(
        of reference: StageReference, _ connection: Connection
    ) throws -> [(name: String, artifact: Artifact)] {
        let trace = try connection.first(
            """
            SELECT s.trace FROM stage s WHERE s.name = ?1 AND (?2 IS NULL OR s.pipeline = ?2)
            ORDER BY (SELECT max(id) FROM run r WHERE r.pipeline = s.pipeline) DESC LIMIT 1
            """, .text(reference.stage), .text(orNull: reference.pipeline)
        ) { $0.integer("trace") }
        guard let trace else { return [] }
        return try connection.rows(
            """
            SELECT p.name AS name, o.digest AS digest, o.shape AS shape, o.size AS size
            FROM trace_output p JOIN object o ON o.id = p.object WHERE p.trace = ? ORDER BY p.name
            """, .integer(trace)
        ) { row in (name: row.text("name") ?? "", artifact: try artifact(row)) }
    }

    private static func artifacts(
        startingWith prefix: String, _ connection: Connection
    ) throws -> [Artifact] {
        let digits = prefix.lowercased()
        guard (4...64).contains(digits.utf8.count),
            let first = Digest(hexadecimal: digits + String(repeating: "0", count: 64 - digits.utf8.count)),
            let last = Digest(hexadecimal: digits + String(repeating: "f", count: 64 - digits.utf8.count))
        else { return [] }
        return try connection.rows(
            "SELECT digest, shape, size FROM object WHERE digest BETWEEN ? AND ? LIMIT 2", .blob(first.bytes),
            .blob(last.bytes)
        ) { row in try artifact(row) }
    }

    private static func names(_ outputs: [(name: String, artifact: Artifact)]) -> String {
        outputs.map(\.name).joined(separator: ", ")
    }
}
