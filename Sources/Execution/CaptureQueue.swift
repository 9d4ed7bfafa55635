import Dataflow
import Dispatch
import Files
import Processes
import Synchronization

/// Names the outputs of attempts by their content: small ones at once, large ones on another thread.
final class CaptureQueue: Sendable {
    /// The outcome for one attempt.
    struct Outcome: Sendable {
        let index: Int
        let outputs: Result<[String: Artifact], CaptureFailure>
    }

    /// Why an output could not be captured.
    struct CaptureFailure: Error {
        let message: String
    }

    /// Above so many bytes, hashing would hold the run loop up.
    private static let inlineBytes = 4 << 20

    private let outcomes = Mutex<[Outcome]>([])

    /// What has been captured since the last call.
    func take() -> [Outcome] {
        outcomes.withLock { outcomes in
            defer { outcomes = [] }
            return outcomes
        }
    }

    /// Captures the outputs of an attempt; the outcome is returned, or comes through `take` after `wake` was woken.
    func capture(
        _ outputs: [(output: Stage.Output, path: FilePath)], of index: Int, store: any ArtifactStoring,
        wake: Pipe
    ) -> Outcome? {
        let isSmall = outputs.allSatisfy { item in
            guard !item.output.isDirectory else { return false }
            return ((try? FileStatus(of: item.path, followsLinks: false).size) ?? 0) < Self.inlineBytes
        }
        if isSmall { return Self.outcome(of: outputs, index, store) }
        DispatchQueue.global().async {
            let outcome = Self.outcome(of: outputs, index, store)
            self.outcomes.withLock { $0.append(outcome) }
            wake.wake()
        }
        return nil
    }

    private static func outcome(
        of outputs: [(output: Stage.Output, path: FilePath)], _ index: Int, _ store: any ArtifactStoring
    ) -> Outcome {
        var artifacts: [String: Artifact] = [:]
        do {
            for (output, path) in outputs {
                guard FileSystem.exists(path) else {
                    let message = "it wrote no output '\(output.name)' (expected the file \(output.fileName))"
                    return Outcome(index: index, outputs: .failure(CaptureFailure(message: message)))
                }
                artifacts[output.name] = try store.capture(path, shape: output.isDirectory ? .tree : .file)
            }
            return Outcome(index: index, outputs: .success(artifacts))
        } catch {
            return Outcome(index: index, outputs: .failure(CaptureFailure(message: "\(error)")))
        }
    }
}
