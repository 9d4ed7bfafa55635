internal import Digests

/// What a run would do, as far as that is known in advance.
public struct Plan: Sendable {
    /// A stage and what a run would do with it.
    public struct Entry: Sendable {
        /// The stage.
        public let stage: Stage
        /// What a run would do with it.
        public let state: State
        /// Why it would run if it were not frozen.
        public let held: [Staleness]

        package init(stage: Stage, state: State, held: [Staleness] = []) {
            self.stage = stage
            self.state = state
            self.held = held
        }
    }

    /// What a run would do with a stage.
    public enum State: Sendable {
        /// The store has its result.
        case upToDate(Trace)
        /// A shared cache has its result, so it need not run. Holds the cache's address, and why it would run otherwise.
        case inCache(Trace, address: String, reasons: [Staleness])
        /// It will run, for these reasons.
        case stale(Key, [Staleness])
        /// It may run, because it reads from stages that will or may run. Holds the reasons that are already known.
        case pending(on: [StageID], reasons: [Staleness])
        /// It is a placeholder for instances that are known after these stages.
        case unexpanded(after: [StageID])
        /// It cannot run: an external file is missing or unreadable, or the selection does not let it run.
        case blocked(String)
    }

    /// The stages in topological order.
    public let entries: [Entry]
    /// What was planned, with all instances that are known.
    public let selection: Selection

    package init(entries: [Entry], of selection: Selection) {
        self.entries = entries
        self.selection = selection
    }

    /// The pipeline with all instances that are known.
    public var pipeline: Pipeline { selection.pipeline }

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
    private let view: ResultFinder.FileView?

    /// A planner over a store and an environment. Without a view of the files, it finds no results of observed commands.
    public init(
        store: any ArtifactStoring, environment: @escaping @Sendable (String) -> String?,
        view: ResultFinder.FileView? = nil
    ) {
        self.store = store
        self.view = view
        resolver = StageResolver(store: store, environment: environment)
    }

    /// What a run of the selected stages would do. Lists that are known already give the instances of stages.
    public func plan(_ selection: Selection) throws -> Plan { try plan(selection) { _, _ in nil } }

    /// Whether a shared cache has the result of a stage with a key.
    package typealias Elsewhere = (Key, Stage) -> (trace: Trace, address: String)?

    /// What a run of the selected stages would do if it asked shared caches.
    ///
    /// - Parameter elsewhere: is asked for what the store does not have, for some stages more than once.
    package func plan(_ selection: Selection, elsewhere: Elsewhere) throws -> Plan {
        try withoutActuallyEscaping(elsewhere) { try makePlan(selection, elsewhere: $0) }
    }

    /// Where results are looked for.
    private struct Sources {
        let finder: ResultFinder
        let elsewhere: Elsewhere
    }

    private func makePlan(_ selection: Selection, elsewhere: @escaping Elsewhere) throws -> Plan {
        try store.lookingUp {
            let sources = Sources(
                finder: ResultFinder(store: store, view: view), elsewhere: elsewhere)
            var selection = selection
            var earlier: [StageID: Plan.Entry] = [:]
            var troubles: [OutputReference: String] = [:]
            while true {
                let (entries, known) = try pass(selection, sources, earlier, troubles)
                var lists: KnownLists = [:]
                for awaited in entries.compactMap(\.stage.awaitedList).uniqued()
                where troubles[awaited] == nil {
                    // What only a shared cache has is not known before a run has fetched it.
                    guard case .artifact(let artifact)? = known[awaited],
                        try store.artifacts.holds(artifact.digest)
                    else { continue }
                    do {
                        lists[awaited] = try ListItem.items(of: artifact, in: store)
                    } catch {
                        troubles[awaited] = "\(error)"
                    }
                }
                do {
                    guard !lists.isEmpty else { return Plan(entries: entries, of: selection) }
                    selection = try selection.expanded(with: lists)
                } catch {
                    for list in lists.keys { troubles[list] = "\(error)" }
                }
                for entry in entries {
                    if case .upToDate = entry.state { earlier[entry.stage.id] = entry }
                }
            }
        }
    }

    /// A finder over the same store.
    package var finder: ResultFinder { ResultFinder(store: store, view: view) }

    /// The key material of a stage in a plan; nil if it depends on results that are still to be computed.
    public func material(for stage: Stage, in plan: Plan) throws -> KeyMaterial? {
        var known: [OutputReference: OutputState] = [:]
        for entry in plan.entries { entry.note(in: &known) }
        return try resolver.material(for: stage) { known[$0] }
    }

    private func entry(
        for stage: Stage, as role: Selection.Role, in pipeline: Pipeline, _ sources: Sources,
        known: [OutputReference: OutputState]
    ) throws -> Plan.Entry {
        let state = try state(of: stage, as: role, in: pipeline, sources, known: known)
        guard role != .forced,
            let trace = try sources.finder.frozenResult(of: stage, inPipeline: pipeline.name)
        else { return Plan.Entry(stage: stage, state: state) }
        let held: [Staleness] =
            switch state {
            case .stale(_, let reasons), .pending(_, let reasons), .inCache(_, _, let reasons): reasons
            case .upToDate, .unexpanded, .blocked: []
            }
        return Plan.Entry(stage: stage, state: .upToDate(trace), held: held)
    }

    /// What a run would do with stages whose instances are known, in one pass; and what is known after it.
    private func pass(
        _ selection: Selection, _ sources: Sources, _ earlier: [StageID: Plan.Entry],
        _ troubles: [OutputReference: String]
    ) throws -> (entries: [Plan.Entry], known: [OutputReference: OutputState]) {
        var known: [OutputReference: OutputState] = [:]
        var entries: [Plan.Entry] = []
        entries.reserveCapacity(selection.stages.count)
        for (stage, role) in zip(selection.stages, selection.roles) {
            let entry: Plan.Entry =
                if let entry = earlier[stage.id] {
                    entry
                } else if let list = stage.awaitedList {
                    Plan.Entry(
                        stage: stage,
                        state: troubles[list].map { .blocked("the list \(list): \($0)") }
                            ?? .unexpanded(after: [list.stage]))
                } else {
                    try self.entry(for: stage, as: role, in: selection.pipeline, sources, known: known)
                }
            entry.note(in: &known)
            entries.append(entry)
        }
        return (entries, known)
    }

    private func state(
        of stage: Stage, as role: Selection.Role, in pipeline: Pipeline, _ sources: Sources,
        known: [OutputReference: OutputState]
    ) throws -> Plan.State {
        let material: KeyMaterial?
        do {
            material = try resolver.material(for: stage) { known[$0] }
        } catch {
            return .blocked("\(error)")
        }
        guard let material else {
            let upstream = stage.inputs.flatMap(\.references).filter { known[$0] == nil }.map(\.stage)
            let latest = try store.traces.latest(ofStage: stage.id, inPipeline: pipeline.name)
            var reasons: [Staleness] = role == .forced ? [.forced] : stage.renewal == .always ? [.always] : []
            if let latest {
                reasons += Staleness.ownReasons(from: latest.material, to: stage)
            } else {
                reasons.append(.neverRan)
            }
            return .pending(on: upstream.uniqued(), reasons: reasons)
        }
        let key = Key(material)
        if role == .forced { return .stale(key, [.forced]) }
        if stage.renewal == .always, role != .lookedUp { return .stale(key, [.always]) }
        if let trace = try sources.finder.trace(for: key, of: material, stage) { return .upToDate(trace) }
        let found = sources.elsewhere(key, stage)
        if role == .lookedUp, found == nil { return .blocked(Selection.lookUpFailure) }
        let reasons = try sources.finder.reasons(
            for: key, of: material, stage, inPipeline: pipeline.name)
        guard let found else { return .stale(key, reasons) }
        return .inCache(found.trace, address: found.address, reasons: reasons)
    }
}

extension Plan.Entry {
    /// Notes the stage's outputs, as far as they are known.
    fileprivate func note(in known: inout [OutputReference: OutputState]) {
        for output in stage.outputs {
            let outputState =
                switch state {
                case .upToDate(let trace), .inCache(let trace, _, _): trace.state(of: output.name, in: stage)
                case .stale, .pending, .unexpanded, .blocked: output.expectedState
                }
            guard let outputState else { continue }
            known[OutputReference(stage: stage.id, output: output.name)] = outputState
        }
    }
}

extension Staleness {
    /// Why a stage has to run, given that a store has no complete trace of its key.
    static func reasons(
        toRun stage: StageID, ofPipeline pipeline: String, _ material: KeyMaterial,
        in store: any ArtifactStoring
    ) throws -> [Staleness] {
        let latest = try store.traces.latest(ofStage: stage, inPipeline: pipeline)
        let reasons = Self.reasons(from: latest?.material, to: material)
        guard reasons.isEmpty, let latest else { return reasons }
        let missing = try latest.outputs.keys.sorted().filter { name in
            guard let artifact = latest.outputs[name] else { return false }
            return try !store.artifacts.holds(artifact.digest)
        }
        return missing.map { .outputMissing(name: $0) }
    }

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
