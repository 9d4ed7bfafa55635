public import Checkpoints
public import Files

/// A whole model on disk, in the layout of transformers: `config.json` and `model.safetensors`.
public enum ModelCheckpoint: Sendable {
    /// Writes a model whose parameters were all trained; equal models give equal bytes.
    ///
    /// - Parameters:
    /// - parameters: the parameters, in the layout of `Decoder(training:)`.
    /// - type: the output type: F32, or BF16 or F16, rounded.
    /// - folder: an existing folder.
    public static func write(
        _ configuration: ModelConfiguration, _ parameters: ParameterVector, type: ElementType = .float32,
        to folder: FilePath
    ) throws {
        let entries = parameters.layout.entries
        var writer = try SafetensorsWriter(
            folder.appending("model.safetensors"), tensors: entries.map { .init($0.name, type, $0.shape) })
        for entry in entries { try writer.write(entry.name, floats: parameters.numbers[entry.range]) }
        try writer.finish()
        try FileContents.write(configuration.json(type: type), to: folder.appending("config.json"))
    }

    /// Reads a model in order to train all its parameters.
    ///
    /// - Parameter layout: that of `Decoder(training:)`.
    public static func parameters(_ folder: FilePath, layout: ParameterLayout) throws -> ParameterVector {
        let tensors = try CheckpointTensors(folder)
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
