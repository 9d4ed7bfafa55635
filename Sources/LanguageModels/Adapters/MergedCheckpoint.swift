public import Checkpoints
public import Files
internal import Tensors

/// Creates a checkpoint from a base model and an adapter: every adapted matrix W becomes W + (alpha / rank) B A.
public enum MergedCheckpoint: Sendable {
    /// Merges an adapter, one tensor at a time.
    ///
    /// - Parameters:
    /// - adapter: the adapter; its classification head, if it has one, becomes the checkpoint's head.
    /// - base: the base model's folder; 4-bit weights are dequantized.
    /// - target: an existing, empty folder, which receives `config.json` and `model.safetensors`.
    /// - type: the output type: F32, or BF16 or F16, rounded.
    /// - threads: the number of threads; the bytes do not depend on it.
    /// - progress: called after each tensor with the number done and the total.
    /// - Throws: `CheckpointError` or `LanguageModelError` if the base is damaged or has another shape.
    public static func write(
        _ adapter: AdapterFolder, into base: FilePath, to target: FilePath, type: ElementType = .float32,
        threads: Int = 1, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let file = try ConfigurationFile(folder: base)
        let configuration = file.configuration
        guard try adapter.adapter.layout(for: configuration) == adapter.parameters.layout else {
            throw LanguageModelError("the adapter is not for \(base.lastComponent)")
        }
        let tensors = try CheckpointTensors(base)
        try tensors.check(against: configuration)
        let hasClasses = adapter.adapter.classCount != nil
        let specifications = TensorSpecification.all(of: configuration).filter {
            !hasClasses || $0.role != .head
        }
        let numbers = Dictionary(
            uniqueKeysWithValues: adapter.parameters.layout.entries.map { ($0.name, $0) })
        var announced = specifications.map { SafetensorsWriter.Tensor($0.name, type, $0.shape) }
        let head = numbers[AdapterConfiguration.headName]
        if let head { announced.append(.init("score.weight", type, head.shape)) }
        var writer = try SafetensorsWriter(target.appending("model.safetensors"), tensors: announced)
        let operations = try ProcessorOperations(threads: threads)
        for (index, specification) in specifications.enumerated() {
            let weight = Matrix(
                rows: specification.rowCount, columns: specification.columnCount,
                try floats(specification, of: tensors))
            let name = "base_model.model." + specification.name.dropLast(".weight".count)
            if let a = numbers[name + ".lora_A.weight"], let b = numbers[name + ".lora_B.weight"] {
                func matrix(_ entry: ParameterLayout.Entry) -> Matrix {
                    Matrix(
                        rows: entry.shape[0], columns: entry.shape[1],
                        adapter.parameters.numbers[entry.range])
                }
                operations.multiplyBackward(
                    matrix(b), by: WeightMatrix(matrix(a)), outputs: 0..<a.shape[0],
                    scale: Float(adapter.adapter.scale), adding: true, into: weight)
            }
            try writer.write(specification.name, floats: weight.numbers)
            try progress(index + 1, specifications.count)
        }
        if let head { try writer.write("score.weight", floats: adapter.parameters.numbers[head.range]) }
        try writer.finish()
        try FileContents.write(
            file.json(type: type, classCount: adapter.adapter.classCount),
            to: target.appending("config.json"))
    }

    private static func floats(_ specification: TensorSpecification, of tensors: CheckpointTensors) throws
        -> [Float]
    {
        if QuantizedTensor.exists(specification.name, in: tensors) {
            let matrix = try QuantizedTensor.read(specification.name, from: tensors)
            guard matrix.rowCount == specification.rowCount, matrix.columnCount == specification.columnCount
            else { throw LanguageModelError("tensor '\(specification.name)' has another shape") }
            return WeightMatrix(matrix).floats
        }
        let tensor = try specification.tensor(in: tensors)
        defer { tensor.release() }
        return try tensor.floats()
    }
}
