import ArtifactStore
import Columns
import Dataflow
import Digests
import Files
import StageSchemas

/// What `cache show --json` prints: the artifact as in `cache ls`, how it was produced, and what it contains.
struct ArtifactDocument {
    /// `{…, "executable", "confinement", "madeFor", "discovered", "entries", "path", "format", "columns", "tensors"}`.
    let value: Value

    /// - Parameter path: a file in a tree; nil for the artifact itself.
    init(_ record: ArtifactRecord, path: String?, _ store: ArtifactStore, _ session: Session) throws {
        let artifact = record.artifact
        let trace = try record.producers.first.flatMap { try store.traces.trace(of: $0.key) }
        var fields: [String: Value] = [
            "executable": .boolean(artifact.isExecutable),
            "confinement": trace?.confinement.map { .string($0.rawValue) } ?? .null,
            "madeFor": trace?.accepted.map { .string($0.description) } ?? .null,
            "discovered": try trace.flatMap { try DiscoveredList($0, in: store)?.document } ?? .null,
            "entries": .null, "path": path.map { .string($0) } ?? .null, "format": .null, "columns": .null,
            "tensors": .null,
        ]
        if case .map(let own) = record.document { fields.merge(own) { first, _ in first } }
        if artifact.shape == .tree {
            fields["entries"] = .list(
                try store.catalog.entries(ofTree: artifact.digest).map { entry in
                    [
                        "path": .string(entry.path), "kind": .string(entry.kind.rawValue),
                        "size": .integer(entry.size), "digest": .string(entry.digest.hexadecimal),
                    ]
                })
        }
        if artifact.shape == .file || path != nil {
            let digest = try TreePath.file(path, in: artifact, store)
            let folder = try session.makeTemporaryFolder()
            defer { try? FileSystem.removeTree(folder) }
            let copy = folder.appending("artifact")
            try store.artifacts.materialize(digest, at: copy)
            fields.merge(try FileFormat(of: copy).fields) { _, new in new }
        }
        value = .map(fields)
    }
}

/// The format of a file, judged by its beginning.
struct FileFormat {
    /// `{"format", "columns": [{"name", "type", "nullable"}], "tensors": [{"name", "type", "shape"}]}`: columns of a table,
    /// tensors of a safetensors file.
    private(set) var fields: [String: Value]

    init(of path: FilePath) throws {
        let size = try FileStatus(of: path).size
        let start = try File(path, .reading).read(upTo: 1 << 20)
        fields = ["format": "text"]
        if size == 0 {
            fields["format"] = "empty"
        } else if let header = SafetensorsPreview(start: start, size: size) {
            fields["format"] = "safetensors"
            fields["tensors"] = .list(
                header.tensors.map { tensor in
                    [
                        "name": .string(tensor.name), "type": .string(tensor.type),
                        "shape": .list(tensor.shape.map { .integer($0) }),
                    ]
                })
        } else if Preview.isTable(start) {
            fields["format"] = start.starts(with: Array("PAR1".utf8)) ? "parquet" : "arrow"
            fields["columns"] = try Self.columns(of: path)
        } else if start.prefix(8192).contains(0) {
            fields["format"] = "bytes"
        } else if let first = start.first(where: { $0 > 0x20 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        {
            fields["format"] = "json"
        } else if Preview.looksLikeCSV(String(decoding: start, as: UTF8.self)),
            let columns = try? Self.columns(of: path)
        {
            fields["format"] = "csv"
            fields["columns"] = columns
        }
    }

    private static func columns(of path: FilePath) throws -> Value {
        .list(
            try TableReader(path, batchRows: 1).schema.fields.map { field in
                [
                    "name": .string(field.name), "type": .string("\(field.type)"),
                    "nullable": .boolean(field.isNullable),
                ]
            })
    }
}
