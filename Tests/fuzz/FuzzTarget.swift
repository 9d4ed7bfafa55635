import Checkpoints
import Columns
import Dataflow
import Digests
import Files
import Glibc
import JSON
import PipelineFiles
import StageKit
import StageSchemas
import Tokenizers
import YAML

@testable import ArtifactStore
@testable import Dataflow
@testable import IngestStages

/// A reader, and what must hold of it for every input.
struct FuzzTarget: Sendable {
    let name: String
    let read: @Sendable ([UInt8]) -> Void

    static let all = [
        FuzzTarget(name: "yaml") { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { return }
            _ = try? YAMLDocument.parse(text)
        },
        FuzzTarget(name: "pipeline") { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { return }
            _ = try? PipelineFile.load(
                text: text, file: "p.yaml", schemas: Seeds.schemas,
                fingerprints: ["train": SHA256.digest(of: "train")],
                // What it includes is the same again.
                reading: { _ in text })
        },
        FuzzTarget(name: "canonical", read: canonical),
        FuzzTarget(name: "discoveries") { bytes in
            guard let node = DiscoveryNode(encoding: bytes) else { return }
            guard DiscoveryNode(encoding: node.encoding)?.encoding == node.encoding else {
                wrong("a node that is read cannot be written and read")
            }
        },
        FuzzTarget(name: "manifest") { bytes in
            guard let manifest = TreeManifest(bytes: bytes) else { return }
            guard manifest.bytes == bytes else { wrong("a manifest that is read is written differently") }
            for entry in manifest.entries where entry.name.utf8.contains(0x2F) || entry.name == ".." {
                wrong("a name leads elsewhere")
            }
        },
        FuzzTarget(name: "rows", read: StoreTarget.read),
        FuzzTarget(name: "bundle", read: BundleTarget.read),
        FuzzTarget(name: "events") { bytes in
            guard let event = try? JSONRecord.decode(StageEvent.self, from: bytes) else { return }
            guard let written = try? JSONRecord.encode(event),
                let again = try? JSONRecord.decode(StageEvent.self, from: written), again == event
            else { wrong("an event that is read cannot be written and read") }
        },
        FuzzTarget(name: "csv", read: csv),
        FuzzTarget(name: "json", read: json),
        FuzzTarget(name: "python") { _ = try? PythonLiteral.parse($0[...]) },
        FuzzTarget(name: "arrow-file") { table($0, .arrowFile) },
        FuzzTarget(name: "arrow-stream") { table($0, .arrowStream) },
        FuzzTarget(name: "parquet") { table($0, .parquet) },
        FuzzTarget(name: "packed", read: packed),
        FuzzTarget(name: "configuration") { _ = try? ModelConfiguration(json: $0) },
        FuzzTarget(name: "safetensors") { bytes in
            _ = try? SafetensorsHeader(json: bytes, size: 8 + bytes.count + 1 << 20)
        },
        FuzzTarget(name: "gguf", read: gguf),
        FuzzTarget(name: "tokenizer") { bytes in
            guard let tokenizer = try? Tokenizer(bytes: bytes) else { return }
            _ = try? tokenizer.encode("Hello, wörld! 1234 \u{1F600} <s>\n\n  x")
        },
    ]

    /// A value is read, normalized and encoded the same however often it goes to and fro.
    private static func canonical(_ bytes: [UInt8]) {
        guard let value = try? Value(json: bytes) else { return }
        guard let again = try? Value(json: Array(value.json.utf8)), again == value else {
            wrong("a value that is read cannot be written and read")
        }
        var (first, second, normal) = (CanonicalEncoder(), CanonicalEncoder(), CanonicalEncoder())
        first.append(value)
        second.append(again)
        normal.append(value.normalized)
        guard first.bytes == second.bytes, first.bytes == normal.bytes else {
            wrong("two encodings of one value")
        }
        _ = Staleness(record: value)
    }

    /// Records are the same wherever a piece of the file ends, and fields lie within the file.
    private static func csv(_ bytes: [UInt8]) {
        let whole = CSVScanner.scan(bytes, isEnd: true)
        let batch = CSVBatch(bytes: bytes, fields: whole.fields, recordEnds: whole.recordEnds)
        for field in batch.fields { _ = batch.string(field) }
        let cut = bytes.count / 2
        let first = CSVScanner.scan(Array(bytes[..<cut]), isEnd: false)
        guard first.consumed <= cut else { wrong("more was consumed than there is") }
        let second = CSVScanner.scan(Array(bytes[first.consumed...]), isEnd: true)
        guard first.recordEnds.count + second.recordEnds.count == whole.recordEnds.count,
            first.fields.count + second.fields.count == whole.fields.count
        else { wrong("pieces are other records than the whole") }
        let bounded = CSVScanner.scan(bytes, isEnd: true, fieldLimit: 3)
        guard bounded.recordEnds.count == whole.recordEnds.count else { wrong("a bound loses records") }
    }

    private static func json(_ bytes: [UInt8]) {
        _ = try? JSONDocument(bytes)
        let isValid = (try? JSONDocument(bytes, rules: .tolerant)) != nil
        let record = try? RecordValue.parsing(json: bytes[...])
        _ = try? RecordValue.parsing(record: bytes[...], names: ["id", "prompt"])
        // What is not UTF-8 is found when the text is taken.
        guard isValid || record == nil || String(validating: bytes, as: UTF8.self) == nil else {
            wrong("a record that is no JSON was taken")
        }
    }

    private static func gguf(_ bytes: [UInt8]) {
        let path = folder.appending("gguf")
        guard (try? FileContents.write(bytes, to: path)) != nil, let file = try? GGUFFile(path) else {
            return
        }
        for entry in file.header.entries {
            let numbers = file.floats(of: entry)
            guard numbers.count == entry.shape.reduce(1, *) else { wrong("a tensor of another size") }
        }
    }

    /// Zip archives and compressed files.
    private static func packed(_ bytes: [UInt8]) {
        let path = folder.appending("packed")
        guard (try? FileContents.write(bytes, to: path)) != nil,
            let file = try? CompressedFile(path)
        else { return }
        try? file.unpack(to: folder.appending("unpacked"))
    }

    /// Where files are made that are read by path.
    static let folder: FilePath = {
        let parent: FilePath = FileSystem.isWritable("/dev/shm") ? "/dev/shm" : "/tmp"
        guard let folder = try? FileSystem.makeTemporaryDirectory(in: parent, prefix: "sluice-fuzz-") else {
            fatalError("there is no place for files")
        }
        atexit { try? FileSystem.removeTree(FuzzTarget.folder) }
        return folder
    }()

    private static func table(_ bytes: [UInt8], _ format: TableFormat) {
        let path = folder.appending("table")
        guard (try? FileContents.write(bytes, to: path)) != nil,
            let reader = try? TableReader(path, format: format)
        else { return }
        while let batch = try? reader.next() {
            for column in batch.columns where column.count != batch.rowCount {
                wrong("a column of another length")
            }
        }
    }
}
