public import Checkpoints
public import Files
internal import Tensors

/// Makes a checkpoint of a base model and an adapter: every adapted matrix W becomes W + (alpha / rank) B A.
public enum MergedCheckpoint: Sendable {
    /// Merges an adapter, a tensor at a time.
    ///
    /// - Parameters:
    ///   - adapter: the adapter; its head of classes, if it has one, becomes the checkpoint's.
    ///   - base: the base model's folder; 4-bit weights are made whole.
    ///   - target: an existing, empty folder, which gets `config.json` and `model.safetensors`.
    ///   - type: what numbers are written as: F32, or BF16 or F16 rounded.
    ///   - threads: how many threads it may use; the bytes do not depend on it.
    ///   - progress: called after each tensor with how many are done, and of how many.
    /// - Throws: `CheckpointError` or `LanguageModelError` where the base is damaged or of another shape.
    public static func write(
        _ adapter: AdapterFolder, into base: FilePath, to target: FilePath, type: ElementType = .float32,
        threads: Int = 1, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let configuration = try ModelConfiguration(folder: base)
        guard try adapter.adapter.layout(for: configuration) == adapter.parameters.layout else {
            throw LanguageModelError("the adapter is of another model than \(base.lastComponent)")
        }
        let tensors = try CheckpointTensors(base)
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
            configuration.json(type: type, classCount: adapter.adapter.classCount),
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
