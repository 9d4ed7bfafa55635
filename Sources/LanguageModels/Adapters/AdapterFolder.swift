public import Checkpoints
public import Files

/// An adapter on disk, in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`.
public struct AdapterFolder: Sendable {
    private static let configurationName = "adapter_config.json"
    private static let tensorsName = "adapter_model.safetensors"

    /// The adapter's configuration.
    public let adapter: AdapterConfiguration
    /// Its parameters, in the layout of `adapter` for the model that it was read for.
    public let parameters: ParameterVector

    /// An adapter from its parts.
    public init(_ adapter: AdapterConfiguration, _ parameters: ParameterVector) {
        self.adapter = adapter
        self.parameters = parameters
    }

    /// Reads an adapter folder.
    ///
    /// - Parameters:
    /// - folder: the folder.
    /// - configuration: the model that it is for.
    /// - Throws: `CheckpointError` if it is damaged, is not a supported kind of LoRA, or is for another model.
    public init(_ folder: FilePath, for configuration: ModelConfiguration) throws {
        let path = folder.appending(Self.configurationName)
        guard FileSystem.exists(path) else {
            throw CheckpointError(
                "there is no \(Self.configurationName); name the folder of a PEFT adapter", path: folder)
        }
        let record = try AdapterRecord(FileContents.read(path, limit: 1 << 22), path: path)
        guard FileSystem.exists(folder.appending(Self.tensorsName)) else {
            throw CheckpointError(
                "no \(Self.tensorsName); adapters in other formats must be saved as safetensors first",
                path: folder)
        }
        let file = try SafetensorsFile(folder.appending(Self.tensorsName))
        guard !record.hasHead || file.entry(AdapterConfiguration.headName) != nil else {
            throw CheckpointError(
                "it is a classifier's adapter, but its file lacks '\(AdapterConfiguration.headName)'",
                path: file.path)
        }
        let classes = file.entry(AdapterConfiguration.headName)?.shape.first
        let adapter = AdapterConfiguration(
            rank: record.rank, alpha: record.scaledAlpha, dropout: record.dropout,
            targets: try record.targets(path: path, in: file), classCount: classes)
        let layout = try adapter.layout(for: configuration)
        var parameters = ParameterVector(zeros: layout)
        let known = Set(layout.entries.map(\.name))
        if let other = file.header.entries.first(where: { !known.contains($0.name) }) {
            throw CheckpointError(
                "the tensor '\(other.name)' does not belong to an adapter for this model", path: file.path)
        }
        for entry in layout.entries {
            let tensor = try file.required(entry.name)
            guard tensor.shape == entry.shape else {
                throw CheckpointError(
                    "the tensor '\(entry.name)' has the shape \(tensor.shape), but this model needs \(entry.shape)",
                    path: file.path)
            }
            parameters.numbers.replaceSubrange(entry.range, with: try file.floats(of: tensor))
        }
        self.adapter = adapter
        self.parameters = parameters
    }

    /// Writes the adapter to an existing folder; equal adapters give equal bytes.
    public func write(to folder: FilePath) throws {
        try FileContents.write(
            AdapterRecord.json(adapter), to: folder.appending(Self.configurationName))
        let entries = parameters.layout.entries
        var writer = try SafetensorsWriter(
            folder.appending(Self.tensorsName), tensors: entries.map { .init($0.name, .float32, $0.shape) })
        for entry in entries { try writer.write(entry.name, floats: parameters.numbers[entry.range]) }
        try writer.finish()
    }

    /// The arithmetic mean of adapters of the same shape, such as those of several folds: of every A, every B and every
    /// head.
    ///
    /// - Throws: `LanguageModelError` if there are none, or if they differ in more than their parameters.
    public static func mean(_ adapters: [AdapterFolder]) throws -> AdapterFolder {
        guard let first = adapters.first else { throw LanguageModelError("there are no adapters to average") }
        var sums = [Double](repeating: 0, count: first.parameters.numbers.count)
        for adapter in adapters {
            guard adapter.adapter == first.adapter, adapter.parameters.layout == first.parameters.layout
            else {
                throw LanguageModelError(
                    "adapters can only be averaged if they have the same rank, alpha, targets and model"
                )
            }
            for (index, number) in adapter.parameters.numbers.enumerated() { sums[index] += Double(number) }
        }
        var mean = first.parameters
        mean.numbers = sums.map { Float($0 / Double(adapters.count)) }
        return AdapterFolder(first.adapter, mean)
    }
}
