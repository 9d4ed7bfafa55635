import ArtifactStore
import Dataflow
import Dispatch
import Processes
import Remotes
import Synchronization

/// Uploads results to shared caches, away from the main thread: a file system may hang, and Ctrl-C has to work.
struct Uploading {
    let store: ArtifactStore
    /// How long a cache may be unresponsive, in seconds.
    let patience: Double
    /// Signals that the user has pressed Ctrl-C.
    let isInterrupted: () -> Bool

    /// The outcome of an upload.
    enum Outcome: Sendable {
        case done(UploadReport)
        case failed(RemoteError)
        /// The user interrupted it; what was uploaded until then is complete and stays.
        case interrupted
    }

    /// The message after an interruption.
    static func interruption(_ address: String) -> String {
        "the upload to \(address) was interrupted; `sluice push` uploads what is missing"
    }

    /// Uploads results to a cache.
    ///
    /// - Parameter asksAgain: true to check again even what was seen there before.
    func upload(_ results: [OutgoingResult], to cache: RemoteCache, asksAgain: Bool) -> Outcome {
        let outcome = Mailslot()
        let isUnwanted = Switch()
        let done = DispatchSemaphore(value: 0)
        let store = store
        DispatchQueue(label: "sluice.upload").async {
            var pusher = ResultPusher(cache, from: store) { isUnwanted.isSet }
            let result: Outcome
            do throws(RemoteError) {
                result = .done(try pusher.push(results, asksAgain: asksAgain))
            } catch {
                result = .failed(error)
            }
            outcome.put(result)
            done.signal()
        }
        while done.wait(timeout: .now() + 0.2) == .timedOut {
            if isInterrupted() {
                isUnwanted.set()
                return .interrupted
            }
            if cache.storage.activity.silence > patience {
                isUnwanted.set()
                let seconds = Int(patience)
                return .failed(
                    RemoteError(
                        .unreachable, "\(cache.storage.address) has not responded for \(seconds) seconds"))
            }
        }
        return outcome.take() ?? .failed(RemoteError(.unreachable, "the upload has no outcome"))
    }

    /// A place for an outcome.
    private final class Mailslot: Sendable {
        private let content = Mutex<Outcome?>(nil)
        func put(_ outcome: Outcome) { content.withLock { $0 = outcome } }
        func take() -> Outcome? { content.withLock { $0 } }
    }

    /// Something that is set once.
    private final class Switch: Sendable {
        private let state = Atomic(false)
        var isSet: Bool { state.load(ordering: .relaxed) }
        func set() { state.store(true, ordering: .relaxed) }
    }
}
