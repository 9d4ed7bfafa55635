import Arguments
import ArtifactStore
import Dataflow
import Digests
import Dispatch
import PipelineFiles
import Remotes
import Synchronization

/// `sluice pull`: takes results from shared caches into the store, without running anything.
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
        summary: "Take the results of a pipeline from shared caches into the store, without running it.",
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
        let source = SharedCaches(remotes, store: store) { notice in
            troubles.withLock { $0 += 1 }
            session.note(notice)
        }
        let chosen = values.stages.isEmpty ? nil : try session.stages(of: pipeline, values.stages)
        // Nothing is collected while a run is in progress.
        let run = try store.beginRun(
            RunDescription(
                pipeline: pipeline.name, file: file, arguments: session.arguments,
                parameters: pipeline.parameters, note: "pulled"))
        defer { store.leave() }
        let plan: Plan
        do {
            plan = try pull(Selection(of: pipeline, chosen: chosen), from: source, store, session, run)
        } catch {
            try? store.endRun(run, outcome: .failed)
            throw error
        }
        try store.endRun(run, outcome: .succeeded)
        tell(source.report, plan, session)
        return troubles.withLock { $0 } == 0 ? .done : .stageFailed
    }

    /// Pulls wave after wave: only when a stage's result is known are the keys of those that read it.
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
            let found = try fetch(wanted, from: source, planner.finder)
            guard !found.isEmpty else {
                try record(plan, run, store)
                return plan
            }
        }
    }

    private static func fetch(
        _ wanted: [(stage: Stage, key: Key)], from source: SharedCaches, _ finder: ResultFinder
    ) throws -> [Trace] {
        let pathSets: [[Digest]] = all(wanted) { item, answer in
            guard finder.hasPathSets(item.stage) else { return answer([]) }
            source.findPathSets(of: item.key, answer)
        }
        let candidates: [[ResultCandidate]] = try zip(wanted, pathSets).map { item, roots in
            try finder.candidates(for: item.key, of: item.stage, pathSets: roots)
        }
        let traces: [Trace?] = all(Array(zip(wanted, candidates))) { item, answer in
            guard !item.1.isEmpty else { return answer(nil) }
            source.fetch(item.1, of: item.0.stage, answer)
        }
        return traces.compactMap { $0 }
    }

    /// The answers to many questions that are asked at once.
    private static func all<Item, Answer: Sendable>(
        _ items: [Item], _ ask: (Item, @escaping @Sendable (Answer) -> Void) -> Void
    ) -> [Answer] {
        let answers = Answers<Answer>(count: items.count)
        for (index, item) in items.enumerated() { ask(item) { answers.put($0, at: index) } }
        return answers.all()
    }

    /// Records what the store has now, so that the run shows it and a collection keeps it.
    private static func record(_ plan: Plan, _ run: RunID, _ store: ArtifactStore) throws {
        let results = plan.entries.compactMap { entry -> StageResult? in
            guard case .upToDate(let trace) = entry.state else { return nil }
            return StageResult(
                stage: entry.stage.id, kind: entry.stage.work.kindName, key: trace.key, disposition: .cached,
                trace: trace)
        }
        try store.commit(results, run: run)
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

/// Answers that come on other threads.
private final class Answers<Answer: Sendable>: Sendable {
    private let answers: Mutex<[Answer?]>
    private let group = DispatchGroup()

    init(count: Int) {
        answers = Mutex([Answer?](repeating: nil, count: count))
        for _ in 0..<count { group.enter() }
    }

    func put(_ answer: Answer, at index: Int) {
        answers.withLock { $0[index] = answer }
        group.leave()
    }

    /// All answers, once they are there.
    func all() -> [Answer] {
        group.wait()
        return answers.withLock { $0.compactMap { $0 } }
    }
}
