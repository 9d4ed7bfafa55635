public import Checkpoints
internal import JSON
public import Tensors

/// A 4-bit weight in a checkpoint, as saved by bitsandbytes: next to the codes, stored under the weight's name, are the
/// scales, both code books, and a JSON text with the rest.
///
/// | tensor | type | content |
/// |---|---|---|
/// | NAME | U8, n / 2 by 1 | the codes, two per byte |
/// | NAME.absmax | U8 | the codes of the scales |
/// | NAME.nested_absmax | F32 | the group scales |
/// | NAME.quant_map, NAME.nested_quant_map | F32 | the values of codes |
/// | NAME.quant_state.bitsandbytes__nf4 | U8 | JSON: shape, block sizes, type, offset |
public enum QuantizedTensor: Sendable {
    /// The size of the JSON text, padded with spaces, so that tensor offsets are known before anything is quantized.
    private static let stateLength = 320

    private static func stateName(_ name: String) -> String { name + ".quant_state.bitsandbytes__nf4" }

    private struct State: Decodable {
        var quant_type: String
        var blocksize: Int
        var shape: [Int]
        var nested_blocksize: Int?
        var nested_offset: Double?
    }

    /// Whether a checkpoint contains a weight in this form.
    public static func exists(_ name: String, in tensors: CheckpointTensors) -> Bool {
        tensors[stateName(name)] != nil
    }

    /// Reads a weight.
    ///
    /// - Throws: if parts are missing or inconsistent, or if it is not NF4 with double quantization in blocks of 64.
    public static func read(_ name: String, from tensors: CheckpointTensors) throws -> NF4Matrix {
        func failure(_ what: String) -> CheckpointError {
            CheckpointError("the quantized tensor '\(name)' \(what)", path: tensors.folder)
        }
        let text = try tensors.required(stateName(name))
        guard text.entry.range.count <= 1 << 16, text.entry.type == .uint8,
            let state = try? JSONRecord.decode(State.self, from: text.bytes)
        else { throw failure("has no readable description") }
        guard state.quant_type == "nf4", state.blocksize == 64, state.nested_blocksize == 256,
            let offset = state.nested_offset
        else {
            throw failure("is not NF4 with double quantization in blocks of 64, the only supported form")
        }
        let codes = try tensors.required(name)
        let scaleCodes = try tensors.required(name + ".absmax")
        guard state.shape.count == 2, codes.entry.type == .uint8, scaleCodes.entry.type == .uint8 else {
            throw failure("has an unexpected shape or type")
        }
        // Some versions of bitsandbytes write -1 for the lowest value.
        let values = try tensors.required(name + ".nested_quant_map").floats()
        guard values.count == 256, values.dropFirst() == DynamicCode.signed.values.dropFirst() else {
            throw failure("has scales with an unknown code")
        }
        let groupScales = try tensors.required(name + ".nested_absmax").floats()
        let scales = BlockScales(
            codes: scaleCodes.bytes, groupScales: groupScales, offset: Float(offset))
        guard let scales,
            let matrix = NF4Matrix(
                rows: state.shape[0], columns: state.shape[1], codes: codes.bytes, scales: scales)
        else { throw failure("has parts that do not match its shape") }
        codes.release()
        scaleCodes.release()
        return matrix
    }

    /// The tensors of a weight with a shape.
    public static func tensors(_ name: String, rows: Int, columns: Int) -> [SafetensorsWriter.Tensor] {
        let blocks = (rows * columns + 63) / 64
        return [
            .init(name, .uint8, [(rows * columns + 1) / 2, 1]), .init(name + ".absmax", .uint8, [blocks]),
            .init(name + ".nested_absmax", .float32, [(blocks + 255) / 256]),
            .init(name + ".nested_quant_map", .float32, [256]), .init(name + ".quant_map", .float32, [16]),
            .init(stateName(name), .uint8, [stateLength]),
        ]
    }

    /// Writes a weight.
    ///
    /// - Parameter type: the element type before quantization, for dequantizing it later.
    public static func write(
        _ matrix: NF4Matrix, _ name: String, type: ElementType, to file: inout SafetensorsWriter
    ) throws {
        let number: String =
            switch type {
            case .bfloat16: "bfloat16"
            case .float16: "float16"
            default: "float32"
            }
        // As Python writes it, so that the text is bitsandbytes' own.
        var writer = JSONWriter(isSpaced: true)
        writer.object { writer in
            writer.member("quant_type") { $0.string("nf4") }
            writer.member("blocksize") { $0.integer(64) }
            writer.member("dtype") { $0.string(number) }
            writer.member("shape") { $0.list([matrix.rowCount, matrix.columnCount]) { $0.integer($1) } }
            writer.member("nested_blocksize") { $0.integer(256) }
            writer.member("nested_dtype") { $0.string("float32") }
            writer.member("nested_offset") { $0.number(Double(matrix.scales.offset)) }
        }
        var text = writer.bytes
        text += Array(repeating: UInt8(ascii: " "), count: stateLength - text.count)
        try file.write(name, bytes: matrix.codes)
        try file.write(name + ".absmax", bytes: matrix.scales.codes)
        try file.write(name + ".nested_absmax", floats: matrix.scales.groupScales)
        try file.write(name + ".nested_quant_map", floats: DynamicCode.signed.values)
        try file.write(name + ".quant_map", floats: NF4Matrix.values)
        try file.write(stateName(name), bytes: text)
    }
}
