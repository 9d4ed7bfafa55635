import Confinement
import Dataflow
import Files

/// Captures the outputs of attempts: small ones immediately, large ones on another thread.
struct CaptureQueue: Sendable {
    /// The outcome of capturing an attempt's outputs.
    struct Outcome: Sendable {
        /// The index of the attempt's stage.
        let index: Int
        let outputs: Result<[String: Artifact], CaptureFailure>
        /// What the attempt has discovered; nil if nothing was observed.
        var trees: DiscoveryTrees?
    }

    /// Why an output could not be captured.
    struct CaptureFailure: Error {
        let message: String
    }

    /// The size beyond which hashing would delay the run loop.
    private static let inlineBytes = 4 << 20

    let store: any ArtifactStoring
    let system: any RunSystem
    let mailbox: Mailbox
    /// The places of discovered inputs.
    let places: StagePlaces?
    private let commands = FoundCommands()

    init(store: any ArtifactStoring, system: any RunSystem, mailbox: Mailbox, places: StagePlaces?) {
        self.store = store
        self.system = system
        self.mailbox = mailbox
        self.places = places
    }

    /// True if the outputs of an attempt are small.
    func isImmediate(_ attempt: Attempt) -> Bool {
        attempt.stage.outputs.allSatisfy { output in
            guard !output.isDirectory else { return false }
            let status = try? FileStatus(of: attempt.path(of: output), followsLinks: false)
            return (status?.size ?? 0) < Self.inlineBytes
        }
    }

    /// Captures the outputs of an attempt; returns the outcome, or nil if the mailbox will receive it.
    ///
    /// - Parameter isKnownImmediate: true if `isImmediate` has said so.
    func capture(_ attempt: Attempt, isImmediate isKnownImmediate: Bool) -> Outcome? {
        let index = attempt.job.index
        let outputs = attempt.stage.outputs.map { (output: $0, path: attempt.path(of: $0)) }
        let isUnwanted = attempt.isUnwanted
        let reads = attempt.reads
        let search = attempt.scrubber.map { SecretSearch(scrubber: $0) }
        if isKnownImmediate || isImmediate(attempt), Self.isSmall(reads) {
            return outcome(of: outputs, reads, search, index, unless: isUnwanted)
        }
        system.perform { [self] in
            mailbox.put(.captured(outcome(of: outputs, reads, search, index, unless: isUnwanted)))
            system.wake()
        }
        return nil
    }

    /// The maximum number of files that the run loop examines itself.
    private static let inlineEntries = 2000

    /// True if finding the digests of what was read takes almost no time.
    private static func isSmall(_ reads: ObservedReads?) -> Bool {
        guard let entries = reads?.entries, entries.count <= inlineEntries else { return reads == nil }
        return entries.reduce(0) { $0 + ($1.aspect >= .content ? $1.status?.size ?? 0 : 0) } < inlineBytes * 8
    }

    private func outcome(
        of outputs: [(output: Stage.Output, path: FilePath)], _ reads: ObservedReads?,
        _ search: SecretSearch?,
        _ index: Int, unless isUnwanted: Flag
    ) -> Outcome {
        var artifacts: [String: Artifact] = [:]
        func failure(_ message: String) -> Outcome {
            Outcome(index: index, outputs: .failure(CaptureFailure(message: message)))
        }
        do {
            if let name = search?.secret(in: reads) {
                return failure(
                    "it looked for a file whose name contains the secret \(name); such names are stored")
            }
            for (output, path) in outputs {
                guard FileSystem.exists(path) else {
                    if output.isOptional { continue }
                    return failure(
                        "it wrote no output '\(output.name)' (expected the file \(output.fileName))")
                }
                if let name = try search?.secret(in: path) {
                    return failure(
                        "its output '\(output.name)' contains the secret \(name); secrets are not stored")
                }
                artifacts[output.name] = try store.artifacts.capture(
                    path, shape: output.isDirectory ? .tree : .file, unless: { isUnwanted.isSet })
            }
            let trees = try reads.flatMap { reads in
                try places?.discovery.discoveries(of: reads, commands) {
                    try StagePlaces.digest(of: $0, store)
                }.trees()
            }
            return Outcome(index: index, outputs: .success(artifacts), trees: trees)
        } catch {
            return failure("\(error)")
        }
    }
}
