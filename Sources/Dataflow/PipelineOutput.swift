internal import Synchronization
internal import Texts

/// An output of another pipeline: of the latest result of one of its stages that the store has.
public struct PipelineOutput: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The pipeline's name.
    public let pipeline: String
    /// The stage: a name, or an id such as `model[fold=0]`.
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

    /// The stage with its pipeline before it, as no stage of a pipeline is called.
    private var stageName: String { "\(pipeline):\(stage)" }

    /// It as an output of a stage with this name, for where its content is given.
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

/// What outputs of other pipelines are. Each is looked up once, so that a run that begins with one goes on with it.
final class ElsewhereOutputs: Sendable {
    /// Why there is none.
    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    private let known = Mutex<[PipelineOutput: Artifact]>([:])

    func artifact(of output: PipelineOutput, in store: any ArtifactStoring) throws -> Artifact {
        if let artifact = known.withLock({ $0[output] }) { return artifact }
        let artifact = try latest(output, store)
        return known.withLock { known in
            let first = known[output] ?? artifact
            known[output] = first
            return first
        }
    }

    private func latest(_ output: PipelineOutput, _ store: any ArtifactStoring) throws -> Artifact {
        guard
            let trace = try store.latestTrace(
                ofStage: StageID(output.stage), inPipeline: output.pipeline)
        else {
            throw Trouble(
                description:
                    "this store has no result of the stage '\(output.stage)' of the pipeline '\(output.pipeline)', whose output "
                    + "it reads; run that pipeline first")
        }
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
        guard try store.holds(artifact.digest) else {
            throw Trouble(
                description:
                    "'\(output)', which it reads, is not in the store any more; run '\(output.pipeline)' again"
            )
        }
        return artifact
    }
}
