internal import Digests

/// What a run would do, as far as this can be known without running.
public struct Plan: Sendable {
    /// A stage and what a run would do with it.
    public struct Entry: Sendable {
        /// The stage.
        public let stage: Stage
        /// What a run would do with it.
        public let state: State

        package init(stage: Stage, state: State) {
            self.stage = stage
            self.state = state
        }
    }

    /// What a run would do with a stage.
    public enum State: Sendable {
        /// The store has its result.
        case upToDate(Trace)
        /// It will run, for these reasons.
        case stale(Key, [Staleness])
        /// It may run, because it reads from stages that will or may run. Holds the reasons that are known already.
        case pending(on: [StageID], reasons: [Staleness])
        /// It cannot run: an external file is missing or unreadable, or the selection does not let it run.
        case blocked(String)
    }

    /// The stages in topological order.
    public let entries: [Entry]

    /// Makes a plan.
    public init(entries: [Entry]) { self.entries = entries }

    /// The entry of a stage.
    public subscript(stage: StageID) -> Entry? { entries.first { $0.stage.id == stage } }

    /// True if nothing would run.
    public var isUpToDate: Bool {
        entries.allSatisfy { entry in
            if case .upToDate = entry.state { return true }
            return false
        }
    }
}

/// Makes plans by walking the graph as far as digests are known. Linear in stages and references.
public struct Planner: Sendable {
    private let store: any ArtifactStoring
    private let resolver: StageResolver
    private let sight: ResultFinder.Sight?

    /// A planner over a store and an environment, which sees what commands have read; nothing of that without sight.
    public init(
        store: any ArtifactStoring, environment: @escaping @Sendable (String) -> String?,
        sight: ResultFinder.Sight? = nil
    ) {
        self.store = store
        self.sight = sight
        resolver = StageResolver(store: store, environment: environment)
    }

    /// What a run of the selected stages would do.
    public func plan(_ selection: Selection) throws -> Plan {
        try store.lookingUp {
            let finder = ResultFinder(store: store, sight: sight)
            var known: [OutputReference: Digest] = [:]
            var entries: [Plan.Entry] = []
            entries.reserveCapacity(selection.stages.count)
            for (stage, role) in zip(selection.stages, selection.roles) {
                let state = try state(of: stage, as: role, in: selection.pipeline, finder, known: known)
                if case .upToDate(let trace) = state {
                    for (name, artifact) in trace.outputs {
                        known[OutputReference(stage: stage.id, output: name)] = artifact.digest
                    }
                }
                entries.append(Plan.Entry(stage: stage, state: state))
            }
            return Plan(entries: entries)
        }
    }

    private func state(
        of stage: Stage, as role: Selection.Role, in pipeline: Pipeline, _ finder: ResultFinder,
        known: [OutputReference: Digest]
    ) throws -> Plan.State {
        let material: KeyMaterial?
        do {
            material = try resolver.material(for: stage) { known[$0] }
        } catch {
            return .blocked("\(error)")
        }
        guard let material else {
            let upstream = stage.inputs.flatMap(\.references).filter { known[$0] == nil }.map(\.stage)
            let latest = try store.latestTrace(ofStage: stage.id, inPipeline: pipeline.name)
            var reasons: [Staleness] = role == .forced ? [.forced] : []
            if let latest {
                reasons += Staleness.ownReasons(from: latest.material, to: stage)
            } else {
                reasons.append(.neverRan)
            }
            return .pending(on: upstream.uniqued(), reasons: reasons)
        }
        let key = Key(material)
        if role == .forced { return .stale(key, [.forced]) }
        if let trace = try finder.trace(for: key, of: material, stage) { return .upToDate(trace) }
        if role == .lookedUp { return .blocked(Selection.lookUpFailure) }
        return .stale(key, try finder.reasons(for: key, of: material, stage, inPipeline: pipeline.name))
    }
}

extension ArtifactStoring {
    /// Why a stage has to run whose key has no complete trace.
    public func reasons(
        stage: StageID, pipeline: String, _ key: Key, _ material: KeyMaterial
    ) throws -> [Staleness] {
        let latest = try latestTrace(ofStage: stage, inPipeline: pipeline)
        let reasons = Staleness.reasons(from: latest?.material, to: material)
        guard reasons.isEmpty, let latest else { return reasons }
        let missing = try latest.outputs.keys.sorted().filter { name in
            guard let artifact = latest.outputs[name] else { return false }
            return try !holds(artifact.digest)
        }
        return missing.map { .outputMissing(name: $0) }
    }
}

extension Staleness {
    /// The reasons within the stage itself: kind, parameters, a kind's code, command text.
    static func ownReasons(from earlier: KeyMaterial, to stage: Stage) -> [Staleness] {
        var now = earlier
        switch (stage.work, earlier.work) {
        case (.kind(let name, let parameters, let fingerprint), _):
            now.work = .kind(name: name, fingerprint: fingerprint, parameters: parameters)
        case (.command(let command), .command(var before)):
            before.text = command.text
            before.interpreter = command.interpreter
            before.exempt = stage.permissions.exempt
            now.work = .command(before)
        case (.command(let command), .kind):
            now.work = .command(
                KeyMaterial.Command(
                    text: command.text, interpreter: command.interpreter, exempt: stage.permissions.exempt))
        }
        return reasons(from: earlier, to: now)
    }
}

extension Array where Element: Hashable {
    /// The elements without duplicates, in order of first occurrence.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
