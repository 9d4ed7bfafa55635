public import Checkpoints
public import Files
public import Tensors

extension DecoderWeights {
    /// The storage format of a checkpoint's matrices in memory.
    public enum Precision: String, Sendable, Hashable, CaseIterable {
        /// As in the checkpoint: 32 bits, BF16 or NF4; half precision becomes 32 bits.
        case stored
        /// 32 bits.
        case float32
        /// BF16.
        case bfloat16
        /// Projections in NF4 with double quantization, the rest as stored.
        case nf4
    }

    /// Loads a checkpoint folder, one tensor at a time: memory use is that of the weights in their storage format, and
    /// of one tensor.
    ///
    /// - Parameters:
    /// - folder: a Hugging Face checkpoint: `config.json` and safetensors.
    /// - configuration: the contents of `config.json`.
    /// - precision: the storage format of matrices.
    /// - threads: the number of threads for quantizing.
    /// - operations: the backend that the weights are for; nil for the processor.
    /// - Throws: `CheckpointError` or `LanguageModelError` if a tensor is missing or does not match.
    public init(
        checkpoint folder: FilePath, _ configuration: ModelConfiguration, precision: Precision = .stored,
        threads: Int = 1, on operations: (any FusedOperations)? = nil
    ) throws {
        let tensors = try CheckpointTensors(folder)
        try tensors.check(against: configuration)
        try self.init(configuration) { specification in
            let weight = try Self.load(specification, from: tensors, precision, threads: threads)
            // Vectors become gains and biases, which each call places.
            return specification.shape.count == 1 ? weight : operations?.weight(weight) ?? weight
        }
    }

    private static func load(
        _ specification: TensorSpecification, from tensors: CheckpointTensors, _ precision: Precision,
        threads: Int
    ) throws -> WeightMatrix {
        let rows = specification.rowCount
        let columns = specification.columnCount
        if QuantizedTensor.exists(specification.name, in: tensors) {
            let matrix = try QuantizedTensor.read(specification.name, from: tensors)
            guard precision == .float32 || precision == .bfloat16 else { return WeightMatrix(matrix) }
            let floats = WeightMatrix(matrix).floats
            let whole = Matrix(rows: matrix.rowCount, columns: matrix.columnCount, floats)
            return precision == .float32 ? WeightMatrix(whole) : WeightMatrix(BFloat16Matrix(rounding: whole))
        }
        let tensor = try specification.tensor(in: tensors)
        defer { tensor.release() }
        let isVector = specification.shape.count == 1
        if precision == .nf4 && specification.role == .projection {
            return WeightMatrix(
                NF4Matrix(
                    quantizing: try tensor.floats(), rows: rows, columns: columns, threads: threads))
        }
        let staysBrain = precision == .stored || precision == .nf4 || precision == .bfloat16
        if tensor.entry.type == .bfloat16 && staysBrain && !isVector {
            return WeightMatrix(BFloat16Matrix(rows: rows, columns: columns, bits: tensor.patterns))
        }
        let matrix = Matrix(rows: rows, columns: columns, try tensor.floats())
        return precision == .bfloat16 && !isVector
            ? WeightMatrix(BFloat16Matrix(rounding: matrix)) : WeightMatrix(matrix)
    }
}

extension TensorSpecification {
    /// The tensor in a checkpoint, with a verified shape.
    func tensor(in tensors: CheckpointTensors) throws -> CheckpointTensors.Tensor {
        let tensor = try tensors.required(name)
        guard tensor.entry.shape == shape else {
            throw LanguageModelError(
                "tensor '\(name)' of \(tensors.folder.lastComponent) has the shape \(tensor.entry.shape), "
                    + "but its configuration says \(shape)")
        }
        return tensor
    }
}
