import Dataflow
import Digests
import StageSchemas
import Texts

/// The entities of an RO-Crate's metadata, which refer to each other by ID.
struct CrateEntities {
    /// The properties by ID, and the order in which the entities were added.
    private var properties: [String: [String: Value]] = [:]
    private var order: [String] = []

    /// The document in JSON-LD.
    var value: Value {
        [
            "@context": [
                "https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context",
            ],
            "@graph": .list(
                order.map { id in
                    .map((properties[id] ?? [:]).merging(["@id": .string(id)]) { first, _ in first })
                }),
        ]
    }

    /// True if there is an entity with this ID.
    func has(_ id: String) -> Bool { properties[id] != nil }

    /// Adds an entity, or adds properties to an existing one.
    mutating func add(_ id: String, _ fields: [String: Value]) {
        if !has(id) { order.append(id) }
        properties[id, default: [:]].merge(fields) { first, _ in first }
    }
}

/// The IDs of entities.
enum CrateID {
    /// The property that refers to an entity.
    static func reference(_ id: String) -> Value { ["@id": .string(id)] }

    /// The ID of an entity that is not a file.
    static func fragment(_ kind: String, _ name: String) -> String {
        "#\(kind)-\(StageID.fileName(of: name))"
    }

    /// A relative path as a URI.
    static func path(_ path: String) -> String {
        path.parts(between: "/").map { part in
            part.parts(between: ".").map { StageID.fileName(of: $0) }.joined(separator: ".")
        }.joined(separator: "/")
    }

    /// The name of content: `ni:///sha-256;…`.
    static func identifier(of digest: Digest) -> String {
        let text = HTML.base64(digest.bytes).replacing(each: "+", by: "-").replacing(each: "/", by: "_")
        return "ni:///sha-256;" + text.replacing(each: "=", by: "")
    }
}
