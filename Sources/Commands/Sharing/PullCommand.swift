import Arguments
import ArtifactStore
import Dataflow
import Digests
import PipelineFiles
import Remotes
import Synchronization

/// `sluice pull`: fetches results from shared caches into the store, without running anything.
enum PullCommand: Command {
    struct Values: CommandValues {
        var pipeline = ""
        var stages = StageChoice()
        var source: String?
        var settings = ParameterSettings()
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "pull",
        summary: "Fetch the results of a pipeline from shared caches into the store, without running it.",
        operands: [
            Operand("PIPELINE", .one, "The pipeline file.") { $0.pipeline = $1 },
            Operand("STAGE", .any, "Only these stages and what they need; all if none is named.") {
                $0.stages.words.append($1)
            },
        ],
        options: [
            .text("--from", placeholder: "REMOTE", sets: \.source, "A shared cache: its name or address."),
            .tags(\.stages.tags), .settings(\.settings), .parameterFiles(\.settings), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let file = try session.pipelineFile(named: values.pipeline)
        let loaded = try session.loadPipeline(file, settings: values.settings)
        let pipeline = loaded.pipeline
        let caches =
            try values.source.map { [try session.sharedCache(named: $0, of: pipeline)] }
            ?? session.sharedCaches(of: pipeline).filter(\.pulls)
        guard !caches.isEmpty else {
            throw CommandFailure.usage(
                "there is no shared cache to pull from; name one: --from file:///shared/cache")
        }
        let store = try session.openStore(.readWrite)
        let index = try session.remoteIndex(of: store)
        let remotes = try caches.map { try session.open($0, index, uploads: false) }
        let troubles = Mutex(0)
        let view = session.fileView(of: store, pipeline)
        let source = try session.source(remotes, store, view) { notice in
            troubles.withLock { $0 += 1 }
            session.note(notice)
        }
        let chosen = values.stages.isEmpty ? nil : try session.stages(of: pipeline, values.stages)
        // While a run is in progress, nothing is collected.
        let run = try store.runs.begin(
            RunDescription(
                pipeline: pipeline.name, file: file, arguments: session.arguments,
                parameters: pipeline.parameters, note: "pulled"))
        defer { store.leave() }
        let plan: Plan
        do {
            plan = try pull(Selection(of: pipeline, chosen: chosen), from: source, store, session, run)
        } catch {
            try? store.runs.end(run, outcome: .failed)
            throw error
        }
        try store.runs.end(run, outcome: .succeeded)
        tell(source.report, plan, session)
        return troubles.withLock { $0 } == 0 ? .done : .stageFailed
    }

    /// Pulls in waves: the keys of stages are known only once the results that they read are.
    private static func pull(
        _ selection: Selection, from source: SharedCaches, _ store: ArtifactStore, _ session: Session,
        _ run: RunID
    ) throws -> Plan {
        let planner = session.planner(store, of: selection.pipeline)
        var asked: Set<Key> = []
        while true {
            let plan = try planner.plan(selection)
            var wanted: [(stage: Stage, key: Key)] = []
            for entry in plan.entries {
                if case .stale(let key, _) = entry.state, asked.insert(key).inserted {
                    wanted.append((entry.stage, key))
                }
            }
            let found = Answers<Trace?>.to(wanted) { source.fetch($0.key, of: $0.stage, $1) }
            guard found.contains(where: { ($0 ?? nil) != nil }) else {
                try record(plan, run, store)
                return plan
            }
        }
    }

    /// Records what the store has now, so that the run lists it and a collection keeps it.
    private static func record(_ plan: Plan, _ run: RunID, _ store: ArtifactStore) throws {
        let results = plan.entries.compactMap { entry -> StageResult? in
            guard case .upToDate(let trace) = entry.state else { return nil }
            return StageResult(
                stage: entry.stage.id, kind: entry.stage.work.kindName, key: trace.key, disposition: .cached,
                trace: trace)
        }
        try store.runs.commit(results, run: run)
    }

    private static func tell(_ report: SharedCaches.FetchReport, _ plan: Plan, _ session: Session) {
        let missing = plan.entries.count { entry in
            if case .upToDate = entry.state { false } else { true }
        }
        var text = "pulled \(Amounts.count(report.results, "result")): \(Amounts.bytes(report.bytes))"
        text +=
            missing == 0
            ? "; the store has all \(Amounts.grouped(plan.entries.count))"
            : "; \(Amounts.grouped(missing)) of \(Amounts.count(plan.entries.count, "stage")) would run"
        session.note(text)
    }
}
