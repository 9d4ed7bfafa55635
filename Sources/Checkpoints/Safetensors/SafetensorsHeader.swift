public import Files
internal import JSON
internal import Texts

/// The header of a safetensors file, which lists the tensors. Pure; every number in it is validated.
///
/// Format: 8 bytes, little-endian, the length n of a JSON object; n bytes, the object, `name → {dtype, shape,
/// data_offsets: [first, last)}` and `__metadata__ → {text: text}`; then the tensors' bytes, without gaps
/// (huggingface/safetensors, format).
public struct SafetensorsHeader: Sendable, Hashable {
    /// A tensor in the file.
    public struct Entry: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The type of its elements.
        public let type: ElementType
        /// Its dimensions, outermost first.
        public let shape: [Int]
        /// The range of its bytes in the file.
        public let range: Range<Int>
        /// The number of elements.
        public var count: Int { range.count / type.size }
    }

    /// The maximum size of a header, as in the format's own library.
    public static let maximumLength = 100_000_000
    /// The maximum number of tensors in a file.
    static let maximumTensors = 1_000_000

    /// The tensors, by offset.
    public let entries: [Entry]
    /// The file's metadata.
    public let metadata: [String: String]

    private struct Record {
        var dtype: String
        var shape: [Int]
        var offsets: [Int]
    }

    /// The length of the header, from the file's first 8 bytes.
    ///
    /// - Parameter size: the size of the whole file.
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

    /// Parses a header.
    ///
    /// - Parameters:
    ///   - json: the bytes of the JSON object.
    ///   - size: the size of the whole file.
    ///   - path: the file, for messages.
    public init(json: [UInt8], size: Int, path: FilePath? = nil) throws(CheckpointError) {
        func failure(_ what: String) -> CheckpointError {
            CheckpointError("its header is not a safetensors header: \(what)", path: path)
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(json)
        } catch {
            throw failure("not valid JSON: \(error)")
        }
        guard case .object(let members) = document.root else { throw failure("it is not an object") }
        guard members.count <= Self.maximumTensors else {
            throw CheckpointError("more than \(Self.maximumTensors) tensors", path: path)
        }
        var records: [(String, Record)] = []
        var metadata: [String: String] = [:]
        for (name, value) in members {
            let name = document.string(name)
            do throws(RecordFault) {
                if name == "__metadata__" {
                    metadata = try Self.texts(value, of: document)
                } else {
                    records.append((name, try Self.record(value, of: document)))
                }
            } catch {
                throw failure("\(error.what) at '\(name.prefix(200))'")
            }
        }
        self.metadata = metadata
        let base = 8 + json.count
        var entries: [Entry] = []
        entries.reserveCapacity(records.count)
        for (name, record) in records {
            entries.append(try Self.entry(name, record, base: base, size: size, path: path))
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, ExactText($0.name))
                < ($1.range.lowerBound, $1.range.upperBound, ExactText($1.name))
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
                "the tensors end at byte \(end), but the file has \(size) bytes; copy it again", path: path)
        }
        self.entries = entries
    }

    /// What is wrong with a tensor's record.
    private struct RecordFault: Error {
        let what: String
    }

    private static func record(
        _ value: JSONDocument.Value, of document: JSONDocument
    ) throws(RecordFault) -> Record {
        func numbers(_ name: String) throws(RecordFault) -> [Int] {
            guard let list = document.list(name, of: value) else {
                throw RecordFault(what: "the list '\(name)' is missing")
            }
            var numbers: [Int] = []
            for element in list {
                guard let number = document.integer(element) else {
                    throw RecordFault(what: "'\(name)' is not a list of whole numbers")
                }
                numbers.append(number)
            }
            return numbers
        }
        guard let dtype = document.string("dtype", of: value) else {
            throw RecordFault(what: "the text 'dtype' is missing")
        }
        return Record(dtype: dtype, shape: try numbers("shape"), offsets: try numbers("data_offsets"))
    }

    /// Texts by name.
    private static func texts(
        _ value: JSONDocument.Value, of document: JSONDocument
    ) throws(RecordFault) -> [String: String] {
        guard case .object(let members) = value else { throw RecordFault(what: "not a map of texts") }
        var texts: [String: String] = [:]
        for (name, member) in members {
            guard case .string(let text) = member,
                texts.updateValue(document.string(text), forKey: document.string(name)) == nil
            else { throw RecordFault(what: "a value that is not a text, or a duplicate name") }
        }
        return texts
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
            guard !overflows else { throw failure("has more elements than fit into any file") }
            bytes = product
        }
        let room = size - base
        guard record.offsets.count == 2, let first = record.offsets.first,
            let last = record.offsets.last, 0 <= first, first <= last, last <= room
        else { throw failure("lies outside the file, which contains \(room) bytes of tensors") }
        guard last - first == bytes else {
            throw failure("takes \(last - first) bytes, but its shape and type need \(bytes)")
        }
        return Entry(name: name, type: type, shape: record.shape, range: (base + first)..<(base + last))
    }
}
