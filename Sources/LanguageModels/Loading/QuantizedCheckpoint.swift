internal import Checkpoints
public import Files
internal import Tensors

/// Creates a checkpoint with 4 bits per weight from a checkpoint, in bitsandbytes' layout.
public enum QuantizedCheckpoint: Sendable {
    /// Quantizes a checkpoint's projections to NF4 with double quantization; embedding, head, norms and biases are
    /// unchanged. Only one tensor at a time is in memory.
    ///
    /// - Parameters:
    /// - source: the checkpoint folder.
    /// - target: an existing, empty folder, which receives `config.json` and `model.safetensors`.
    /// - threads: the number of threads; the bytes do not depend on it.
    /// - progress: called after each tensor with the number done and the total.
    /// - Throws: `CheckpointError` if the source is damaged, is already quantized, or has numbers that are not finite.
    public static func write(
        from source: FilePath, to target: FilePath, threads: Int = 1,
        progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let file = try ConfigurationFile(folder: source)
        let configuration = file.configuration
        let tensors = try CheckpointTensors(source)
        try tensors.check(against: configuration)
        let specifications = TensorSpecification.all(of: configuration)
        var announced: [SafetensorsWriter.Tensor] = []
        var type = ElementType.float32
        for specification in specifications {
            guard !QuantizedTensor.exists(specification.name, in: tensors) else {
                throw CheckpointError("the checkpoint is already quantized", path: source)
            }
            let entry = try specification.tensor(in: tensors).entry
            if specification.role == .projection {
                type = entry.type
                announced += QuantizedTensor.tensors(
                    specification.name, rows: specification.rowCount, columns: specification.columnCount)
            } else {
                announced.append(.init(specification.name, entry.type, entry.shape))
            }
        }
        var writer = try SafetensorsWriter(target.appending("model.safetensors"), tensors: announced)
        for (index, specification) in specifications.enumerated() {
            let tensor = try specification.tensor(in: tensors)
            if specification.role == .projection {
                let numbers = try tensor.floats()
                guard numbers.allSatisfy(\.isFinite) else {
                    throw CheckpointError(
                        "the tensor '\(specification.name)' has numbers that are not finite", path: source)
                }
                let matrix = NF4Matrix(
                    quantizing: numbers, rows: specification.rowCount,
                    columns: specification.columnCount, threads: threads)
                try QuantizedTensor.write(
                    matrix, specification.name, type: tensor.entry.type, to: &writer)
            } else {
                try tensor.withBytes { try writer.write(specification.name, bytes: $0) }
            }
            tensor.release()
            try progress(index + 1, specifications.count)
        }
        try writer.finish()
        try FileContents.write(
            file.json(type: type, isQuantized: true), to: target.appending("config.json"))
    }
}
