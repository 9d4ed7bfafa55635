import FoundationEssentials

/// The header of a safetensors file: its tensors with types and shapes, and its metadata. Pure.
///
/// Format: 8 bytes, little-endian, the length of a JSON object; the object, `name → {dtype, shape, data_offsets}` and
/// `__metadata__ → {text: text}`; the tensors' bytes.
struct SafetensorsPreview {
    private struct Entry: Decodable {
        var dtype: String?
        var shape: [Int]?
    }
    private struct Metadata: Decodable {
        var metadata: [String: String]?
        enum CodingKeys: String, CodingKey { case metadata = "__metadata__" }
    }

    /// Name, type and shape of each tensor, by name.
    let tensors: [(name: String, type: String, shape: [Int])]
    /// What the file says of itself, by name.
    let metadata: [(name: String, text: String)]
    private let size: Int

    /// The header of a file that begins with `start`, or nil where it is no safetensors file or its header is longer.
    init?(start: [UInt8], size: Int) {
        guard start.count > 10, start[8] == UInt8(ascii: "{") else { return nil }
        let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length >= 2, length <= UInt64(start.count - 8) else { return nil }
        let header = Data(start[8..<(8 + Int(length))])
        let decoder = JSONDecoder()
        guard let entries = try? decoder.decode([String: Entry].self, from: header) else { return nil }
        let named = entries.compactMap { name, entry in
            entry.dtype.flatMap { type in entry.shape.map { (name: name, type: type, shape: $0) } }
        }
        tensors = named.sorted { $0.name < $1.name }
        let metadata = (try? decoder.decode(Metadata.self, from: header))?.metadata ?? [:]
        self.metadata = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.size = size
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
