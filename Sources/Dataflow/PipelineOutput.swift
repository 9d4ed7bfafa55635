package import StageSchemas
internal import Synchronization
internal import Texts

/// An output of another pipeline: that of the latest result of one of its stages in the store.
public struct PipelineOutput: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The pipeline's name.
    public let pipeline: String
    /// The stage: a name, an id such as `model[fold=0]`, or `model[*]` for all instances.
    public let stage: String
    /// The output's name; nil for the only one.
    public let output: String?

    package init(pipeline: String, stage: String, output: String?) {
        self.pipeline = pipeline
        self.stage = stage
        self.output = output
    }

    /// `pipeline:stage.output`.
    public var description: String { stageName + (output.map { "." + $0 } ?? "") }

    /// The pipeline's and the stage's name, joined so that no stage within a pipeline can have this name.
    private var stageName: String { "\(pipeline):\(stage)" }

    /// The reference to use if its content is given: an output of a stage with this name.
    package var reference: OutputReference {
        OutputReference(stage: StageID(stageName), output: output ?? "output")
    }

    /// Two texts are the same if their bytes are.
    public static func == (left: PipelineOutput, right: PipelineOutput) -> Bool {
        left.description.hasSameBytes(as: right.description)
    }

    /// Hashes the description.
    public func hash(into hasher: inout Hasher) { ExactText(description).hash(into: &hasher) }
}

extension PipelineOutput {
    /// The stage whose instances' outputs are gathered, as in `stage[*]`; nil for the output of a single instance.
    package var gatheredStage: String? {
        guard stage.endsWith("[*]") else { return nil }
        return String(decoding: stage.utf8.dropLast(3), as: UTF8.self)
    }

    /// The reference to use if its content is given: an output of an instance with these coordinates.
    package func reference(to coordinates: [String: Value]) -> OutputReference {
        let sorted = coordinates.sorted { $0.key.precedesByBytes($1.key) }
        return OutputReference(
            stage: StageID(
                "\(pipeline):\(gatheredStage ?? stage)",
                sorted.map { StageID.Coordinate(axis: $0.key, value: $0.value) }),
            output: output ?? "output")
    }
}

/// Looks up outputs of other pipelines. Each is looked up only once, so that it stays the same throughout a run.
final class ElsewhereOutputs: Sendable {
    /// Why an output was not found.
    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    /// An output, and the coordinates of the instance that produced it, if the outputs of all instances are gathered.
    struct Element: Sendable {
        var coordinates: [String: Value] = [:]
        let artifact: Artifact
    }

    private let known = Mutex<[PipelineOutput: [Element]]>([:])

    func elements(of output: PipelineOutput, in store: any ArtifactStoring) throws -> [Element] {
        if let elements = known.withLock({ $0[output] }) { return elements }
        let elements =
            if let stage = output.gatheredStage { try instances(of: stage, output, store) } else {
                [Element(artifact: try latest(output, store))]
            }
        return known.withLock { known in
            let first = known[output] ?? elements
            known[output] = first
            return first
        }
    }

    private func latest(_ output: PipelineOutput, _ store: any ArtifactStoring) throws -> Artifact {
        guard
            let trace = try store.traces.latest(
                ofStage: StageID(output.stage), inPipeline: output.pipeline)
        else {
            throw Trouble(
                description:
                    "this store has no result of the stage '\(output.stage)' of the pipeline '\(output.pipeline)', whose output "
                    + "it reads; run that pipeline first")
        }
        return try artifact(of: output, in: trace, store)
    }

    /// The outputs of all instances in the order of their coordinates.
    private func instances(
        of stage: String, _ output: PipelineOutput, _ store: any ArtifactStoring
    ) throws -> [Element] {
        let found = try store.traces.latestInstances(ofStage: stage, inPipeline: output.pipeline)
        guard !found.isEmpty else {
            throw Trouble(
                description:
                    "this store has no run of the whole pipeline '\(output.pipeline)' with instances of the stage '\(stage)', whose "
                    + "outputs it reads; run that pipeline first, without naming stages")
        }
        let ordered = found.map { (coordinates: InstanceCoordinates(of: $0.stage), $0) }
            .sorted { $0.coordinates < $1.coordinates }
        return try ordered.map { coordinates, instance in
            guard let trace = instance.trace else {
                throw Trouble(
                    description:
                        "'\(output.pipeline):\(instance.stage)', whose output it reads, has no result; run '\(output.pipeline)' again"
                )
            }
            let one = PipelineOutput(pipeline: output.pipeline, stage: instance.stage, output: output.output)
            return Element(
                coordinates: coordinates.values, artifact: try artifact(of: one, in: trace, store))
        }
    }

    private func artifact(
        of output: PipelineOutput, in trace: Trace, _ store: any ArtifactStoring
    ) throws -> Artifact {
        let names = trace.outputs.keys.sorted { $0.precedesByBytes($1) }
        let name = output.output ?? (names.count == 1 ? names[0] : nil)
        guard let name else {
            throw Trouble(
                description: "'\(output)' has several outputs: choose one of "
                    + names.map { "\(output).\($0)" }.joined(separator: ", "))
        }
        guard let artifact = trace.outputs[name] else {
            throw Trouble(
                description:
                    "the latest result of '\(output.pipeline):\(output.stage)' has no output '\(name)'"
                    + (didYouMean(name, among: names) ?? "; it has " + names.joined(separator: ", ")))
        }
        guard try store.artifacts.holds(artifact.digest) else {
            throw Trouble(
                description:
                    "'\(output)', which it reads, is no longer in the store; run '\(output.pipeline)' again"
            )
        }
        return artifact
    }
}

/// The coordinates of an instance, read from its description: `model[fold=0,seed=7]`.
struct InstanceCoordinates: Comparable {
    private let coordinates: [StageID.Coordinate]

    /// The coordinates by axis.
    var values: [String: Value] {
        Dictionary(coordinates.map { ($0.axis, $0.value) }) { first, _ in first }
    }

    init(of description: String) {
        var coordinates: [StageID.Coordinate] = []
        let inner = description.firstIndex(ofASCII: "[").map { String(description.suffix(after: $0)) } ?? ""
        for part in String(decoding: inner.utf8.dropLast(), as: UTF8.self).parts(between: ",") {
            if let equals = part.firstIndex(ofASCII: "=") {
                coordinates.append(
                    StageID.Coordinate(
                        axis: String(part[..<equals]), value: Self.value(String(part.suffix(after: equals)))))
            } else if let last = coordinates.popLast() {
                // A comma in a value.
                coordinates.append(
                    StageID.Coordinate(axis: last.axis, value: .string("\(last.value),\(part)")))
            }
        }
        self.coordinates = coordinates
    }

    /// Whole numbers become numbers, as in a matrix.
    private static func value(_ text: String) -> Value {
        guard let number = Int(text), "\(number)".hasSameBytes(as: text) else { return .string(text) }
        return .integer(number)
    }

    static func == (left: InstanceCoordinates, right: InstanceCoordinates) -> Bool {
        !(left < right) && !(right < left)
    }

    /// Orders by one coordinate after the other: numbers first, by value, then texts, by their bytes.
    static func < (left: InstanceCoordinates, right: InstanceCoordinates) -> Bool {
        for (one, other) in zip(left.coordinates, right.coordinates) {
            switch (one.value, other.value) {
            case (.integer(let one), .integer(let other)):
                if one != other { return one < other }
            case (.integer, _): return true
            case (_, .integer): return false
            case (let one, let other):
                if !one.description.hasSameBytes(as: other.description) {
                    return one.description.precedesByBytes(other.description)
                }
            }
        }
        return left.coordinates.count < right.coordinates.count
    }
}
