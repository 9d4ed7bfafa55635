internal import Texts

/// What is known about an output.
public enum OutputState: Sendable, Hashable {
    /// It is this artifact.
    case artifact(Artifact)
    /// It is optional, and the stage has not written it.
    case notWritten
}

extension Trace {
    /// The state of an output of the stage whose result this is; nil if the result lacks it.
    package func state(of output: String, in stage: Stage) -> OutputState? {
        if let artifact = outputs[output] { return .artifact(artifact) }
        let isOptional = stage.outputs.contains { $0.isOptional && $0.name.hasSameBytes(as: output) }
        return isOptional ? .notWritten : nil
    }
}

extension Stage.Output {
    /// What is known before the stage has run.
    var expectedState: OutputState? {
        expected.map { .artifact(Artifact(digest: $0, shape: .file, size: 0)) }
    }
}
