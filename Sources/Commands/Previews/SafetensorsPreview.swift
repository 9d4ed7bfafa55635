import Checkpoints
import JSON
import Texts

/// The header of a safetensors file: its tensors with types and shapes, and its metadata. Pure.
///
/// Format: 8 bytes, little-endian, the length of a JSON object; the object, `name → {dtype, shape, data_offsets}` and
/// `__metadata__ → {text: text}`; the tensors' bytes.
struct SafetensorsPreview {
    /// Name, type and shape of each tensor, by name.
    let tensors: [(name: String, type: String, shape: [Int])]
    /// The file's metadata, by name.
    let metadata: [(name: String, text: String)]
    private let size: Int

    /// The header of a file that begins with `start`, or nil if it is not a safetensors file or its header is longer.
    init?(start: [UInt8], size: Int) {
        guard let length = Self.headerLength(start), length <= start.count - 8,
            let header = try? JSONDocument(Array(start[8..<(8 + length)])),
            case .object(let members) = header.root
        else { return nil }
        var tensors: [(name: String, type: String, shape: [Int])] = []
        var metadata: [(name: String, text: String)] = []
        for (name, value) in members {
            let name = header.string(name)
            if name == "__metadata__", case .object(let texts) = value {
                for (name, value) in texts {
                    if case .string(let text) = value {
                        metadata.append((header.string(name), header.string(text)))
                    }
                }
            } else if let type = header.string("dtype", of: value),
                let shape = header.list("shape", of: value)
            {
                tensors.append((name, type, shape.compactMap { header.integer($0) }))
            }
        }
        self.tensors = tensors.sorted { $0.name.precedesByBytes($1.name) }
        self.metadata = metadata.sorted { $0.name.precedesByBytes($1.name) }
        self.size = size
    }

    /// The length of the header of a file that begins with `start`; nil if it is not a safetensors file.
    static func headerLength(_ start: [UInt8]) -> Int? {
        guard start.count > 10, start[8] == UInt8(ascii: "{") else { return nil }
        let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length >= 2 && length <= UInt64(SafetensorsHeader.maximumLength) ? Int(length) : nil
    }

    func text(_ bounds: Preview.Bounds) -> String {
        let parameters = tensors.reduce(0) { sum, tensor in
            let count = tensor.shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
            return sum.addingReportingOverflow(count).partialValue
        }
        var text =
            "safetensors: \(Amounts.count(tensors.count, "tensor")), "
            + "\(Amounts.grouped(parameters)) numbers, \(Amounts.bytes(size))\n"
        for (name, value) in metadata.prefix(bounds.lines) {
            text += "  \(name): \(value)".escapedForDisplay.truncated(toWidth: bounds.width) + "\n"
        }
        let rows = tensors.prefix(bounds.lines).map { tensor in
            [tensor.name, tensor.type, tensor.shape.map(String.init).joined(separator: " × ")]
        }
        text += "\n" + TextTable(["tensor", "type", "shape"], rows: Array(rows)).text(width: bounds.width)
        if tensors.count > bounds.lines { text += "… \(tensors.count - bounds.lines) more tensors\n" }
        return text
    }
}
