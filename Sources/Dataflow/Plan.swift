internal import Digests

/// What a run would do, as far as it can be known without running.
public struct Plan: Sendable {
    /// One stage and what would become of it.
    public struct Entry: Sendable {
        /// The stage.
        public let stage: Stage
        /// What would become of it.
        public let state: State

        /// An entry of its parts.
        public init(stage: Stage, state: State) {
            self.stage = stage
            self.state = state
        }
    }

    /// What would become of a stage.
    public enum State: Sendable {
        /// The store has its result.
        case upToDate(Trace)
        /// It will run, for the named reasons.
        case stale(Key, [Staleness])
        /// It may run: it reads from stages that will or may run. The reasons are those that are known already.
        case pending(on: [StageID], reasons: [Staleness])
        /// It cannot be planned: an outside file is missing or unreadable.
        case blocked(String)
    }

    /// The stages in topological order.
    public let entries: [Entry]

    /// A plan of its entries.
    public init(entries: [Entry]) { self.entries = entries }

    /// The entry of a stage.
    public subscript(stage: StageID) -> Entry? { entries.first { $0.stage.id == stage } }

    /// True where nothing would run.
    public var isUpToDate: Bool {
        entries.allSatisfy { entry in
            if case .upToDate = entry.state { return true }
            return false
        }
    }
}

/// Makes plans: walks the graph as far as digests are known. Linear in stages and references.
public struct Planner: Sendable {
    private let store: any ArtifactStoring
    private let resolver: StageResolver

    /// A planner over a store and an environment.
    public init(store: any ArtifactStoring, environment: @escaping @Sendable (String) -> String?) {
        self.store = store
        resolver = StageResolver(store: store, environment: environment)
    }

    /// The plan of a pipeline, or of the stages among `selection` where one is given.
    ///
    /// - Parameters:
    ///   - selection: the stages to plan; nil for all. Stages outside it are looked up, not planned.
    ///   - forced: the stages that the user wants to run whatever the store holds.
    public func plan(
        _ pipeline: Pipeline, selection: Set<StageID>? = nil, forced: Set<StageID> = []
    ) throws -> Plan {
        try store.lookingUp { try planned(pipeline, selection, forced) }
    }

    private func planned(
        _ pipeline: Pipeline, _ selection: Set<StageID>?, _ forced: Set<StageID>
    ) throws -> Plan {
        var known: [OutputReference: Digest] = [:]
        var entries: [Plan.Entry] = []
        entries.reserveCapacity(pipeline.stages.count)
        for stage in pipeline.stages where selection?.contains(stage.id) ?? true {
            let state = try state(
                of: stage, in: pipeline, known: known, isForced: forced.contains(stage.id))
            if case .upToDate(let trace) = state {
                for (name, artifact) in trace.outputs {
                    known[OutputReference(stage: stage.id, output: name)] = artifact.digest
                }
            }
            entries.append(Plan.Entry(stage: stage, state: state))
        }
        return Plan(entries: entries)
    }

    private func state(
        of stage: Stage, in pipeline: Pipeline, known: [OutputReference: Digest], isForced: Bool
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
            var reasons: [Staleness] = isForced ? [.forced] : []
            if let latest {
                reasons += Staleness.ownReasons(from: latest.material, to: stage)
            } else {
                reasons.append(.neverRan)
            }
            return .pending(on: upstream.uniqued(), reasons: reasons)
        }
        let key = Key(material)
        if isForced { return .stale(key, [.forced]) }
        if let trace = try store.trace(for: key, of: material) { return .upToDate(trace) }
        return .stale(key, try store.reasons(stage: stage.id, pipeline: pipeline.name, key, material))
    }
}

extension ArtifactStoring {
    /// Why a stage with this key, which has no whole trace, has to run.
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
    /// The reasons that lie in the stage itself: kind, parameters, code of a kind, command text.
    static func ownReasons(from earlier: KeyMaterial, to stage: Stage) -> [Staleness] {
        switch stage.work {
        case .kind(let name, let parameters, let fingerprint):
            var now = earlier
            now.kind = name
            now.parameters = parameters
            now.fingerprint = fingerprint
            return reasons(from: earlier, to: now)
        case .command(let command):
            var now = earlier
            now.kind = stage.work.kindName
            now.command = command.text
            return reasons(from: earlier, to: now)
        }
    }
}

extension Array where Element: Hashable {
    /// The elements without repetitions, in their first order.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
