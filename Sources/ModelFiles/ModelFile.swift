package import Files
import FoundationEssentials
package import StageKit
import StageSchemas

/// A model as safetensors: an 8-byte little-endian length, a JSON header, and the tensors.
///
/// <https://github.com/huggingface/safetensors#format>. Equal models give equal bytes.
package struct ModelFile: Sendable {
    /// Numbers of one type, little-endian, in the order of the last dimension first.
    package struct Tensor: Sendable {
        /// As safetensors calls it: F64, U64, F32, U8 …
        package let type: String
        package let shape: [Int]
        package let bytes: [UInt8]

        package init(type: String, shape: [Int], bytes: [UInt8]) {
            self.type = type
            self.shape = shape
            self.bytes = bytes
        }
    }

    /// Texts by name; `format` says what the model is.
    package var metadata: [String: String]
    /// The tensors by name.
    package var tensors: [String: Tensor]

    private static let maximumHeader = 1 << 24
    private static let widths = ["F64": 8, "U64": 8, "F32": 4, "U8": 1]

    /// Writes the file. The widest tensors come first, so that every one is aligned.
    package func write(to path: FilePath) throws {
        var data: [UInt8] = []
        var header: [String: Value] = ["__metadata__": .map(metadata.mapValues { .string($0) })]
        let order = tensors.sorted {
            (-Self.width($0.value), $0.key) < (-Self.width($1.value), $1.key)
        }
        for (name, tensor) in order {
            let end = data.count + tensor.bytes.count
            header[name] = [
                "dtype": .string(tensor.type), "shape": .list(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(data.count), .integer(end)],
            ]
            data += tensor.bytes
        }
        var text = Array(Value.map(header).json.utf8)
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        try FileContents.write(LittleEndian.bytes([UInt64(text.count)]) + text + data, to: path)
    }

    /// Reads a file; fails where it is none, or where a tensor's size is not what its shape says.
    package init(_ path: FilePath) throws {
        let file = try FileContents.read(path, limit: 1 << 31)
        guard file.count >= 8 else { throw Self.damaged("it has no header") }
        let length = Int(clamping: LittleEndian.words(file[0..<8], UInt64.self)[0])
        guard length <= Self.maximumHeader, file.count >= 8 + length,
            case .map(let header)? = try? JSONDecoder().decode(
                Value.self, from: Data(file[8..<(8 + length)])),
            case .map(let metadata)? = header["__metadata__"]
        else { throw Self.damaged("it has no header of safetensors") }
        self.metadata = metadata.mapValues(\.description)
        tensors = [:]
        for (name, entry) in header where name != "__metadata__" {
            guard case .map(let entry) = entry, case .string(let type)? = entry["dtype"],
                case .list(let dimensions)? = entry["shape"],
                case .list(let offsets)? = entry["data_offsets"],
                offsets.count == 2, case .integer(let start) = offsets[0],
                case .integer(let end) = offsets[1],
                start >= 0, end >= start, end <= file.count - 8 - length, let width = Self.widths[type]
            else { throw Self.damaged("the tensor '\(name)' is out of bounds") }
            var size = width
            var shape: [Int] = []
            for dimension in dimensions {
                guard case .integer(let count) = dimension, count >= 0 else {
                    throw Self.damaged("the tensor '\(name)' has no shape")
                }
                let product = size.multipliedReportingOverflow(by: count)
                guard !product.overflow else { throw Self.damaged("the tensor '\(name)' has no shape") }
                size = product.partialValue
                shape.append(count)
            }
            guard size == end - start else {
                throw Self.damaged("the tensor '\(name)' is of another size than its shape")
            }
            tensors[name] = Tensor(
                type: type, shape: shape, bytes: Array(file[(8 + length + start)..<(8 + length + end)]))
        }
    }

    package init(metadata: [String: String], tensors: [String: Tensor]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    /// A tensor's numbers, whose type must be `type`.
    package func words<Word: FixedWidthInteger>(_ name: String, _ type: String, as word: Word.Type) throws
        -> [Word]
    {
        guard let tensor = tensors[name], tensor.type == type else {
            throw Self.damaged("the tensor '\(name)' is missing")
        }
        return LittleEndian.words(tensor.bytes[...], word)
    }

    /// A whole number of the metadata.
    package func number(_ name: String) throws -> Int {
        guard let number = metadata[name].flatMap({ Int($0) }) else {
            throw Self.damaged("'\(name)' is missing")
        }
        return number
    }

    /// An error that says what is wrong.
    package static func damaged(_ reason: String) -> StageFailure {
        StageFailure("the model cannot be read: \(reason). It should be the output of a train-… stage.")
    }

    private static func width(_ tensor: Tensor) -> Int { widths[tensor.type] ?? 1 }
}
