import Dataflow
import Files

/// Names the outputs of attempts by their content: small ones at once, large ones on another thread.
struct CaptureQueue: Sendable {
    /// The outcome for one attempt.
    struct Outcome: Sendable {
        /// The place of the attempt's stage.
        let index: Int
        let outputs: Result<[String: Artifact], CaptureFailure>
    }

    /// Why an output could not be captured.
    struct CaptureFailure: Error {
        let message: String
    }

    /// From this number of bytes on, hashing would hold the run loop up.
    private static let inlineBytes = 4 << 20

    let store: any ArtifactStoring
    let system: any RunSystem
    let mailbox: Mailbox

    /// Captures the outputs of an attempt; the outcome is returned, or comes as a letter.
    func capture(_ attempt: Attempt) -> Outcome? {
        let index = attempt.job.index
        let outputs = attempt.stage.outputs.map { (output: $0, path: attempt.path(of: $0)) }
        let isSmall = outputs.allSatisfy { item in
            guard !item.output.isDirectory else { return false }
            return ((try? FileStatus(of: item.path, followsLinks: false).size) ?? 0) < Self.inlineBytes
        }
        let isUnwanted = attempt.isUnwanted
        if isSmall { return outcome(of: outputs, index, unless: isUnwanted) }
        system.perform { [self] in
            mailbox.put(.captured(outcome(of: outputs, index, unless: isUnwanted)))
            system.wake()
        }
        return nil
    }

    private func outcome(
        of outputs: [(output: Stage.Output, path: FilePath)], _ index: Int, unless isUnwanted: Flag
    ) -> Outcome {
        var artifacts: [String: Artifact] = [:]
        do {
            for (output, path) in outputs {
                guard FileSystem.exists(path) else {
                    let message = "it wrote no output '\(output.name)' (expected the file \(output.fileName))"
                    return Outcome(index: index, outputs: .failure(CaptureFailure(message: message)))
                }
                artifacts[output.name] = try store.capture(
                    path, shape: output.isDirectory ? .tree : .file, unless: { isUnwanted.isSet })
            }
            return Outcome(index: index, outputs: .success(artifacts))
        } catch {
            return Outcome(index: index, outputs: .failure(CaptureFailure(message: "\(error)")))
        }
    }
}
