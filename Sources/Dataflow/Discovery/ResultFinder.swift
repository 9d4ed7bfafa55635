internal import Digests

/// Finds the results of stages: by their keys, and those of observed commands by what they have discovered.
///
/// The key of what a command declares names the path sets of its earlier results. For each of them, the current state of its
/// paths gives the key of a result that would be valid now.
public final class ResultFinder {
    /// A run's view of the file system; the same for all stages.
    public struct FileView: Sendable {
        /// The current state of an input.
        public var state: @Sendable (DiscoveredInput) throws -> DiscoveredState
        /// The current state of an input that was named elsewhere, and the number of bytes read for it, which is at most a limit.
        ///
        /// Throws `PathSetJudge.Refusal` if no result can depend on it, or it is too large.
        public var foreignState:
            @Sendable (_ input: DiscoveredInput, _ limit: Int) throws -> (
                state: DiscoveredState, bytesRead: Int
            )
        /// True if the run observes its commands.
        public var observes: Bool

        package init(
            observes: Bool,
            foreignState: (
                @Sendable (_ input: DiscoveredInput, _ limit: Int) throws -> (
                    state: DiscoveredState, bytesRead: Int
                )
            )? = nil,
            state: @escaping @Sendable (DiscoveredInput) throws -> DiscoveredState
        ) {
            self.state = state
            self.foreignState = foreignState ?? { input, _ in (try state(input), 0) }
            self.observes = observes
        }

        /// True if the reads of a stage are observed in this run, so that a result counts only if they were then, too.
        func observes(_ stage: Stage) -> Bool {
            guard observes, stage.permissions.isConfined, case .command = stage.work else { return false }
            return true
        }
    }

    private let store: any ArtifactStoring
    private let view: FileView?
    private var evaluator: SnapshotEvaluator?

    /// The maximum number of path sets that are tried.
    package static let maximumPathSets = 16

    /// A finder over a store; without a view of the files, it finds no results of observed commands.
    public init(store: any ArtifactStoring, view: FileView?) {
        self.store = store
        self.view = view
        evaluator = view.map { view in
            SnapshotEvaluator(node: { try store.discoveries.node($0) }, state: view.state)
        }
    }

    /// True if the reads of a stage are observed in this run, so that a result counts only if they were then, too.
    public func isObserved(_ stage: Stage) -> Bool { view?.observes(stage) ?? false }

    /// The key to claim before a stage runs. For an observed command, that is not the key of a result.
    public func claim(for key: Key, of stage: Stage) -> Key {
        isObserved(stage) ? Key(declared: key, snapshot: Self.none) : key
    }

    private static let none = SHA256.digest(of: [])

    /// The result of a stage with this key and material; nil if there is none that is valid now.
    public func trace(for key: Key, of material: KeyMaterial, _ stage: Stage) throws -> Trace? {
        if case .command = material.work, evaluator != nil {
            for pathSet in try store.discoveries.pathSets(of: key).prefix(Self.maximumPathSets) {
                guard let snapshot = try evaluator?.snapshot(ofPathSet: pathSet) else { continue }
                let discovered = Trace.Discovered(declared: key, pathSet: pathSet, snapshot: snapshot)
                if let trace = try store.traces.trace(
                    of: Key(declared: key, snapshot: snapshot), material, discovered)
                {
                    return trace
                }
            }
        }
        return isObserved(stage) ? nil : try store.traces.trace(of: key, material)
    }

    /// The latest result of a stage that is frozen; nil if it is not, or has none that is complete.
    public func frozenResult(of stage: Stage, inPipeline pipeline: String) throws -> Trace? {
        guard stage.renewal == .frozen,
            let trace = try store.traces.latest(ofStage: stage.id, inPipeline: pipeline)
        else { return nil }
        let isWhole = try stage.outputs.allSatisfy { output in
            switch trace.state(of: output.name, in: stage) {
            case .artifact(let artifact)?: try store.artifacts.holds(artifact.digest)
            case .notWritten?: true
            case nil: false
            }
        }
        return isWhole ? trace : nil
    }

    /// The current states of what an earlier result's command discovered; nil if that was not observed, or is lost.
    func renewedDiscoveries(of trace: Trace) throws -> Discoveries? {
        guard let before = try discoveries(of: trace) else { return nil }
        var states: [DiscoveredInput: DiscoveredState] = [:]
        for input in before.states.keys { states[input] = try evaluator?.current(input) }
        return Discoveries(states)
    }

    /// Why a stage with this key, which has no valid result, has to run.
    public func reasons(
        for key: Key, of material: KeyMaterial, _ stage: Stage, inPipeline pipeline: String
    ) throws -> [Staleness] {
        let reasons = try Staleness.reasons(toRun: stage.id, ofPipeline: pipeline, material, in: store)
        guard reasons.isEmpty, isObserved(stage),
            let latest = try store.traces.latest(ofStage: stage.id, inPipeline: pipeline)
        else { return reasons }
        guard let snapshot = latest.discovered?.snapshot else { return [.notObserved] }
        return try evaluator?.changes(since: snapshot, limit: 100)?.map(\.reason) ?? []
    }

    /// Everything that a result's command discovered; nil if that was not observed, or is lost.
    public func discoveries(of trace: Trace) throws -> Discoveries? {
        guard let snapshot = trace.discovered?.snapshot else { return nil }
        return try evaluator?.discoveries(in: snapshot)
    }
}

@available(*, unavailable)
extension ResultFinder: Sendable {}

extension DiscoveryChange {
    /// The change as a reason to run.
    var reason: Staleness {
        .discoveredInputChanged(name: input.displayName, from: from.words, to: to.words)
    }
}

extension DiscoveredInput {
    /// The path as people write it, or the name of a command.
    package var displayName: String { path.description }
}

extension DiscoveredState {
    /// What is there, in words.
    public var words: String {
        switch self {
        case .absent: "absent"
        case .file(let size, let isExecutable):
            "a file of \(size) bytes" + (isExecutable ? " (executable)" : "")
        case .directory: "a directory"
        case .other: "neither a file nor a directory"
        case .content(let digest): digest.abbreviated
        case .program(let digest, let isExecutable):
            digest.abbreviated + (isExecutable ? "" : " (not executable)")
        case .names(let digest): "names " + digest.abbreviated
        case .link(let digest): "a link " + digest.abbreviated
        case .changedMeanwhile: "changed while the command ran"
        }
    }
}
