public import Dataflow
public import Digests
public import Files
import FoundationEssentials
import Synchronization

/// A store in memory: what the engine's tests run on. Trees are kept as maps from path to bytes. It plays every role itself.
public final class InMemoryArtifactStore: ArtifactStoring {
    enum Content: Sendable {
        case file(Data, isExecutable: Bool)
        case tree([String: Data])
    }

    struct State: Sendable {
        var traces: [Key: Trace] = [:]
        var latest: [String: Trace] = [:]
        var contents: [Digest: Content] = [:]
        var claims: Set<Key> = []
        var results: [StageResult] = []
        var outcomes: [RunOutcome] = []
        var runs: [RunDescription] = []
        var heldElsewhere: Set<Key> = []
        var refused: Set<StageID> = []
        var isBroken = false
        var publications: [String: [String: Digest]] = [:]
        var nodes: [Digest: [UInt8]] = [:]

        func isWhole(_ trace: Trace) -> Bool {
            trace.outputs.values.allSatisfy { contents[$0.digest] != nil }
        }
    }

    let state = Mutex(State())
    let directory: FilePath

    /// An empty store that resolves outside paths against `directory`.
    public init(directory: FilePath) { self.directory = directory }

    /// Itself.
    public var traces: InMemoryArtifactStore { self }
    /// Itself.
    public var discoveries: InMemoryArtifactStore { self }
    /// Itself.
    public var artifacts: InMemoryArtifactStore { self }
    /// Itself.
    public var sources: InMemoryArtifactStore { self }
    /// Itself.
    public var claims: InMemoryArtifactStore { self }
    /// Itself.
    public var runs: InMemoryArtifactStore { self }
    /// Itself.
    public var publications: InMemoryArtifactStore { self }

    /// All results that were committed, in order.
    public var results: [StageResult] { state.withLock { $0.results } }
    /// How the runs ended, in order.
    public var outcomes: [RunOutcome] { state.withLock { $0.outcomes } }

    /// Forgets an artifact's content, as if it were damaged.
    public func lose(_ artifact: Digest) { state.withLock { _ = $0.contents.removeValue(forKey: artifact) } }

    /// The bytes of a file artifact.
    public func content(of artifact: Digest) -> [UInt8]? {
        state.withLock { state in
            guard case .file(let data, _)? = state.contents[artifact] else { return nil }
            return Array(data)
        }
    }

    /// Lets another run hold a key, or no longer.
    public func holdElsewhere(_ key: Key, _ isHeld: Bool = true) {
        state.withLock { state in
            if isHeld { state.heldElsewhere.insert(key) } else { state.heldElsewhere.remove(key) }
        }
    }

    /// Adds a result that another run has made.
    public func add(_ trace: Trace) { state.withLock { $0.traces[trace.key] = trace } }

    /// Makes every commit of a stage's result fail.
    public func refuse(_ stage: StageID) { state.withLock { _ = $0.refused.insert(stage) } }

    /// Makes every lookup fail, as if the store were gone.
    public func lose() { state.withLock { $0.isBroken = true } }

    /// How many keys are claimed.
    public var claimCount: Int { state.withLock { $0.claims.count } }
}

/// What an in-memory store could not do.
public struct InMemoryStoreError: Error, Sendable, CustomStringConvertible {
    /// The sentence.
    public let message: String

    /// An error with a sentence.
    public init(message: String) { self.message = message }

    /// The sentence.
    public var description: String { message }
}
