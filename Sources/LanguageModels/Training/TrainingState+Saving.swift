internal import Checkpoints
public import Files
internal import JSON
internal import Tensors

/// Saves a training state to a folder, so that interrupted training can resume: one safetensors file, replaced
/// atomically.
///
/// Tensors are `parameters/NAME`, `best/NAME` if there is one, and the optimizer's `first/NAME` and `second/NAME` (with
/// `first.scales/NAME` and `second.scales/NAME` if they have 8 bits); the rest is JSON in the file's metadata.
extension TrainingState {
    private static let fileName = "training.safetensors"
    private static let metadataName = "sluice.training"

    private struct Record: Codable {
        var identity: String
        var passes: UInt64
        var optimizerStep: Int
        var isStoppedEarly: Bool
        var bestStep: Int?
        var bestLoss: Double?
        var steps: [StepRecord]
        var evaluations: [EvaluationRecord]
    }

    /// Saves the state. Whatever happens during the write, the folder contains either the old state or the new one,
    /// complete.
    ///
    /// - Parameters:
    ///   - folder: an existing folder.
    ///   - identity: identifies the training run, such as a digest of all its inputs.
    public func save(to folder: FilePath, identity: String) throws {
        let record = Record(
            identity: identity, passes: passes, optimizerStep: optimizer.step, isStoppedEarly: isStoppedEarly,
            bestStep: best?.step, bestLoss: best?.loss, steps: steps, evaluations: evaluations)
        let text = String(decoding: try JSONRecord.encode(record), as: UTF8.self)
        var tensors: [SafetensorsWriter.Tensor] = []
        for (entry, moments) in zip(parameters.layout.entries, optimizer.moments) {
            tensors.append(.init("parameters/" + entry.name, .float32, entry.shape))
            if best?.numbers.isEmpty == false {
                tensors.append(.init("best/" + entry.name, .float32, entry.shape))
            }
            for name in ["first", "second"] {
                switch moments {
                case .full: tensors.append(.init("\(name)/\(entry.name)", .float32, entry.shape))
                case .eightBit(let first, _):
                    tensors.append(.init("\(name)/\(entry.name)", .uint8, entry.shape))
                    tensors.append(.init("\(name).scales/\(entry.name)", .float32, [first.scales.count]))
                }
            }
        }
        let path = folder.appending(Self.fileName)
        let temporary = folder.appending(Self.fileName + ".part")
        var writer = try SafetensorsWriter(
            temporary, tensors: tensors, metadata: [Self.metadataName: text])
        for (entry, moments) in zip(parameters.layout.entries, optimizer.moments) {
            try writer.write("parameters/" + entry.name, floats: parameters.numbers[entry.range])
            if let best, !best.numbers.isEmpty {
                try writer.write("best/" + entry.name, floats: best.numbers[entry.range])
            }
            switch moments {
            case .full(let first, let second):
                try writer.write("first/" + entry.name, floats: first)
                try writer.write("second/" + entry.name, floats: second)
            case .eightBit(let first, let second):
                try writer.write("first/" + entry.name, bytes: first.codes)
                try writer.write("first.scales/" + entry.name, floats: first.scales)
                try writer.write("second/" + entry.name, bytes: second.codes)
                try writer.write("second.scales/" + entry.name, floats: second.scales)
            }
        }
        try writer.finish(synchronizes: true)
        try FileSystem.rename(temporary, to: path)
    }

    /// The state saved in a folder.
    ///
    /// - Parameters:
    ///   - identity: identifies the training run; a state of another run is ignored.
    ///   - layout: the layout of the trained parameters.
    /// - Returns: nil if there is no state of this training run.
    /// - Throws: if the file is damaged.
    public static func saved(
        in folder: FilePath, identity: String, layout: ParameterLayout, precision: OptimizerOptions.Precision
    ) throws -> TrainingState? {
        let path = folder.appending(fileName)
        guard FileSystem.exists(path) else { return nil }
        let file = try SafetensorsFile(path)
        guard let text = file.header.metadata[metadataName],
            let record = try? JSONRecord.decode(
                Record.self, from: Array(text.utf8), limit: SafetensorsHeader.maximumLength)
        else { throw CheckpointError("it is not a training state", path: path) }
        guard record.identity == identity else { return nil }
        var state = TrainingState(ParameterVector(zeros: layout), precision: precision)
        state.passes = record.passes
        state.optimizer.step = record.optimizerStep
        state.isStoppedEarly = record.isStoppedEarly
        state.steps = record.steps
        state.evaluations = record.evaluations
        var best: [Float] = []
        for (index, entry) in layout.entries.enumerated() {
            func floats(_ name: String, _ shape: [Int]? = nil) throws -> [Float] {
                let tensor = try file.required(name)
                guard tensor.shape == shape ?? entry.shape else {
                    throw CheckpointError("the tensor '\(name)' has another shape", path: path)
                }
                return try file.floats(of: tensor)
            }
            func moment(_ name: String) throws -> QuantizedMoment {
                let codes = file.bytes(of: try file.required("\(name)/\(entry.name)"))
                let scales = try file.floats(of: file.required("\(name).scales/\(entry.name)"))
                guard codes.count == entry.range.count,
                    let moment = QuantizedMoment(codes: codes, scales: scales)
                else {
                    throw CheckpointError("the optimizer state of '\(entry.name)' does not match", path: path)
                }
                return moment
            }
            state.parameters.numbers.replaceSubrange(
                entry.range, with: try floats("parameters/" + entry.name))
            if file.entry("best/" + entry.name) != nil { best += try floats("best/" + entry.name) }
            switch state.optimizer.moments[index] {
            case .full:
                state.optimizer.moments[index] = .full(
                    first: try floats("first/" + entry.name), second: try floats("second/" + entry.name))
            case .eightBit:
                state.optimizer.moments[index] = .eightBit(
                    first: try moment("first"), second: try moment("second"))
            }
        }
        if let step = record.bestStep, let loss = record.bestLoss {
            state.best = Best(step: step, loss: loss, numbers: best)
        }
        return state
    }
}
