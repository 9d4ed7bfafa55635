public import Files
internal import FoundationEssentials

/// The header of a safetensors file: which tensors lie where. Pure; every number in it is checked.
///
/// Format: 8 bytes, little-endian, the length n of a JSON object; n bytes, the object,
/// `name → {dtype, shape, data_offsets: [first, last)}` and `__metadata__ → {text: text}`; the tensors' bytes, that
/// follow each other without gaps (huggingface/safetensors, format).
public struct SafetensorsHeader: Sendable, Hashable {
    /// One tensor of the file.
    public struct Entry: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The type of its numbers.
        public let type: ElementType
        /// Its dimensions, outermost first.
        public let shape: [Int]
        /// Its bytes' place in the file.
        public let range: Range<Int>
        /// How many numbers it has.
        public var count: Int { range.count / type.size }
    }

    /// The longest header that is read, as the format's own library has it.
    public static let maximumLength = 100_000_000
    /// The most tensors of a file.
    public static let maximumTensors = 1_000_000

    /// The tensors, by their place in the file.
    public let entries: [Entry]
    /// What the file says of itself.
    public let metadata: [String: String]

    private struct Record: Decodable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    private struct Document: Decodable {
        var records: [(String, Record)] = []
        var metadata: [String: String] = [:]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for key in container.allKeys {
                if key.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: key)
                } else {
                    records.append((key.stringValue, try container.decode(Record.self, forKey: key)))
                }
            }
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// How long the header is, as the file's first 8 bytes say.
    ///
    /// - Parameter size: the bytes of the whole file.
    static func length(_ start: [UInt8], size: Int, path: FilePath?) throws(CheckpointError) -> Int {
        guard start.count >= 8, size >= 8 else {
            throw CheckpointError("too short for a safetensors file", path: path)
        }
        let length = start[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(maximumLength) else {
            throw CheckpointError(
                "not a safetensors file: its header would take \(length) bytes", path: path)
        }
        guard Int(length) <= size - 8 else {
            throw CheckpointError("the file ends within its header; copy it again", path: path)
        }
        return Int(length)
    }

    /// Reads a header.
    ///
    /// - Parameters:
    ///   - json: the bytes of the JSON object.
    ///   - size: the bytes of the whole file.
    ///   - path: the file, for messages.
    public init(json: [UInt8], size: Int, path: FilePath? = nil) throws(CheckpointError) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json))
        } catch {
            throw CheckpointError("its header is not a safetensors header: \(readable(error))", path: path)
        }
        guard document.records.count <= Self.maximumTensors else {
            throw CheckpointError("more than \(Self.maximumTensors) tensors", path: path)
        }
        metadata = document.metadata
        let base = 8 + json.count
        var entries: [Entry] = []
        entries.reserveCapacity(document.records.count)
        for (name, record) in document.records {
            entries.append(try Self.entry(name, record, base: base, size: size, path: path))
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name)
                < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var end = base
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw CheckpointError(
                    "the tensor '\(entry.name)' \(entry.range.lowerBound < end ? "overlaps another" : "leaves a gap")"
                        + " at byte \(min(end, entry.range.lowerBound))", path: path)
            }
            end = entry.range.upperBound
        }
        guard end == size else {
            throw CheckpointError(
                "the tensors end at byte \(end) but the file has \(size); copy it again", path: path)
        }
        self.entries = entries
    }

    private static func entry(
        _ name: String, _ record: Record, base: Int, size: Int, path: FilePath?
    ) throws(CheckpointError) -> Entry {
        func failure(_ what: String) -> CheckpointError {
            CheckpointError("the tensor '\(name.prefix(200))' \(what)", path: path)
        }
        guard let type = ElementType(rawValue: record.dtype) else {
            throw failure("has the unknown type '\(record.dtype.prefix(50))'")
        }
        guard record.shape.count <= 16, record.shape.allSatisfy({ $0 >= 0 }) else {
            throw failure("has an impossible shape")
        }
        var bytes = type.size
        for dimension in record.shape {
            let (product, overflows) = bytes.multipliedReportingOverflow(by: dimension)
            guard !overflows else { throw failure("has more numbers than fit into any file") }
            bytes = product
        }
        let room = size - base
        guard record.data_offsets.count == 2, let first = record.data_offsets.first,
            let last = record.data_offsets.last, 0 <= first, first <= last, last <= room
        else { throw failure("lies outside the file, which has \(room) bytes of tensors") }
        guard last - first == bytes else {
            throw failure("takes \(last - first) bytes where its shape and type need \(bytes)")
        }
        return Entry(name: name, type: type, shape: record.shape, range: (base + first)..<(base + last))
    }
}

/// A decoding error in a sentence.
func readable(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context) -> String {
        let names = context.codingPath.map(\.stringValue).filter { !$0.isEmpty }
        return names.isEmpty ? "" : " at '\(names.joined(separator: ".").prefix(200))'"
    }
    switch error {
    case .dataCorrupted(let context): return "not valid JSON" + place(context)
    case .keyNotFound(let key, let context): return "'\(key.stringValue)' is missing" + place(context)
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
        return "a value of the wrong type" + place(context)
    @unknown default: return "not understood"
    }
}
