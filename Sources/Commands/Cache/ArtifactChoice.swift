import Arguments
import ArtifactStore
import Dataflow

/// The operand that names an artifact, and how it is found.
enum ArtifactChoice {
    /// How to name an artifact on the command line.
    static let help = "stage, stage.output, pipeline:stage.output, or the first digits of a digest."

    /// The store, and the artifact that a name refers to.
    static func find(
        _ reference: String, in session: Session, _ mode: ArtifactStore.Mode = .readOnly
    ) throws -> (store: ArtifactStore, artifact: Artifact) {
        let store = mode == .readOnly ? try session.requiredStore() : try session.openStore(mode)
        return (store, try resolve(reference, store, session))
    }

    /// The artifact that a name refers to; if stages of several pipelines have the name, a message says whose it is.
    static func resolve(
        _ reference: String, _ store: ArtifactStore, _ session: Session
    ) throws -> Artifact {
        let artifact = try store.catalog.resolve(reference)
        let pipelines = try store.catalog.pipelines(withOutput: reference)
        if let first = pipelines.first, pipelines.count > 1 {
            let others = pipelines.dropFirst().prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            session.note(
                "\(reference.escapedForDisplay): using that of '\(first)', which ran last; \(others) also has one. "
                    + "Write \(first):\(reference) to be sure.".escapedForDisplay)
        }
        return artifact
    }
}
