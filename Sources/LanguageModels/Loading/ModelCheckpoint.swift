public import Checkpoints
public import Files

/// A whole model on disk, in the layout of transformers: `config.json` and `model.safetensors`.
public enum ModelCheckpoint: Sendable {
    /// Writes a model whose parameters were all trained; equal models give equal bytes.
    ///
    /// - Parameters:
    ///   - parameters: the parameters, in the layout of `Decoder(training:)`.
    ///   - type: the output type: F32, or BF16 or F16, rounded.
    ///   - source: the checkpoint that training started from, whose `config.json` is carried over; nil for a new model.
    ///   - folder: an existing folder.
    public static func write(
        _ configuration: ModelConfiguration, _ parameters: ParameterVector, type: ElementType = .float32,
        from source: FilePath? = nil, to folder: FilePath
    ) throws {
        let entries = parameters.layout.entries
        var writer = try SafetensorsWriter(
            folder.appending("model.safetensors"), tensors: entries.map { .init($0.name, type, $0.shape) })
        for entry in entries { try writer.write(entry.name, floats: parameters.numbers[entry.range]) }
        try writer.finish()
        let json =
            try source.map { try ConfigurationFile(folder: $0).json(type: type) }
            ?? configuration.json(type: type)
        try FileContents.write(json, to: folder.appending("config.json"))
    }

    /// Reads a model in order to train all its parameters.
    ///
    /// - Parameters:
    ///   - configuration: the contents of its `config.json`.
    ///   - layout: that of `Decoder(training:)`.
    public static func parameters(
        _ folder: FilePath, _ configuration: ModelConfiguration, layout: ParameterLayout
    ) throws -> ParameterVector {
        let tensors = try CheckpointTensors(folder)
        try tensors.check(against: configuration)
        var parameters = ParameterVector(zeros: layout)
        for entry in layout.entries {
            let tensor = try tensors.required(entry.name)
            guard tensor.entry.shape == entry.shape else {
                throw CheckpointError(
                    "the tensor '\(entry.name)' has the shape \(tensor.entry.shape), "
                        + "but the configuration says \(entry.shape)", path: folder)
            }
            parameters.numbers.replaceSubrange(entry.range, with: try tensor.floats())
            tensor.release()
        }
        return parameters
    }
}
