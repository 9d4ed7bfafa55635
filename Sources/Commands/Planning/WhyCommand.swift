import Arguments
import ArtifactStore
import Dataflow
import Digests
import PipelineFiles
import StageSchemas
import Texts

/// `sluice why`: why a stage would run now, and why it last ran.
enum WhyCommand: Command {
    struct Values: CommandValues {
        var words: [String] = []
        var settings = ParameterSettings()
        var isJSON = false
        var isOffline = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "why", summary: "Explain why a stage would run, or why it last ran, with old and new values.",
        operands: [
            Operand(
                "STAGE", .any,
                "The stage, after the pipeline file unless it is that of the latest run."
            ) { $0.words.append($1) }
        ],
        options: [
            .settings(\.settings), .parameterFiles(\.settings),
            .flag("--offline", sets: \.isOffline, "Do not ask shared caches."), .json(\.isJSON),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard let word = values.words.last, values.words.count <= 2 else {
            throw ArgumentsError("'why' needs the name of a stage: sluice why [PIPELINE] STAGE")
        }
        if values.words.count == 1, word.hasSuffix(".yaml") || word.hasSuffix(".yml") {
            throw CommandFailure.usage("which stage? `sluice why \(word.shellQuoted) STAGE`")
        }
        let file = try session.pipelineFile(named: values.words.count == 2 ? values.words[0] : nil)
        let loaded = try session.loadPipeline(file, settings: values.settings)
        let store = try session.planningStore()
        let planner = try session.askingPlanner(store, of: loaded.pipeline, isOffline: values.isOffline)
        let (plan, chosen) = try planner.plan(loaded.pipeline, StageChoice(words: [word]))
        let stages = plan.entries.map(\.stage.id).filter { chosen?.contains($0) ?? true }
        var documents: [Value] = []
        for stage in stages {
            guard let entry = plan[stage] else { continue }
            let last = try store.catalog.stageRecords(
                ofStage: stage.description, inPipeline: loaded.pipeline.name, limit: 50)
            let explanation = Explanation(
                stage: stage, state: entry.state, isFrozen: entry.stage.renewal == .frozen, held: entry.held,
                lastRun: last.first { $0.disposition == .ran || $0.disposition == .failed },
                upstream: planned(of: stage, in: plan),
                elsewhere: entry.stage.inputs.compactMap { input in
                    entry.stage.elsewhere(input.name).map { (input.name, $0) }
                }, cache: entry.cache.map(session.name(ofCache:)))
            if values.isJSON {
                documents.append(explanation.document)
            } else {
                session.print(explanation.text)
            }
        }
        if values.isJSON { session.print(.list(documents)) }
        return .done
    }

    /// The stages upstream that will run, with their reasons: what a pending stage is really waiting for.
    private static func planned(
        of stage: StageID, in plan: Plan
    ) -> [(stage: StageID, reasons: [Staleness])] {
        let above = plan.pipeline.sources(of: [stage])
        return plan.entries.compactMap { entry in
            guard entry.stage.id != stage, above.contains(entry.stage.id),
                case .stale(_, let reasons) = entry.state
            else { return nil }
            return (entry.stage.id, reasons)
        }
    }
}

/// The explanation of a stage.
struct Explanation {
    let stage: StageID
    let state: Plan.State
    /// True if it keeps its latest result.
    let isFrozen: Bool
    /// Why it would run otherwise.
    let held: [Staleness]
    let lastRun: StageRecord?
    let upstream: [(stage: StageID, reasons: [Staleness])]
    /// The inputs that are outputs of other pipelines.
    let elsewhere: [(input: String, output: PipelineOutput)]
    /// The shared cache that has its result, as the user calls it; nil unless a run would fetch it.
    let cache: String?

    /// Plain sentences.
    var text: String {
        var lines: [String] = []
        let name = stage.description.escapedForDisplay
        switch state {
        case .upToDate(let trace):
            lines.append(
                "\(name) is up to date: the store has its result under key "
                    + "\(trace.key.digest.abbreviated).")
            if isFrozen {
                lines.append(
                    held.isEmpty
                        ? "It is frozen: it keeps this result."
                        : "It is frozen: it keeps this result, although it would run otherwise:")
                lines += held.map { "  " + $0.sentences }
            }
            if let words = trace.acceptanceRemark { lines.append(words) }
            if let words = trace.confinement?.remark { lines.append(words) }
        case .inCache(let trace, _, let reasons):
            lines.append(
                "\(name) will be fetched: the shared cache \(cache ?? "") has its result under key "
                    + "\(trace.key.digest.abbreviated).")
            lines.append("Without the cache, it would run:")
            lines += reasons.map { "  " + $0.sentences }
            if reasons.isEmpty { lines.append("  The store has no result for its current key.") }
        case .stale(_, let reasons):
            lines.append("\(name) will run:")
            lines += reasons.map { "  " + $0.sentences }
            if reasons.isEmpty { lines.append("  The store has no result for its current key.") }
        case .pending(let direct, let reasons):
            lines.append(
                "\(name) may run: it reads from \(PlanRendering.list(direct)). If those produce the same bytes as "
                    + "before, \(name) will be up to date.")
            lines += reasons.map { "  " + $0.sentences }
            for (stage, reasons) in upstream.prefix(8) {
                lines.append("  \(stage.description.escapedForDisplay) will run: \(reasons.phrase)")
            }
        case .unexpanded(let lists):
            lines.append(
                "The instances of \(name) are known after \(PlanRendering.list(lists)).")
        case .blocked(let message): lines.append("\(name) cannot be planned: \(message)")
        }
        lines += elsewhere.map {
            "Its input '\($0.input)' is '\($0.output)', the latest result of that stage."
                .escapedForDisplay
        }
        if let lastRun {
            let ending = lastRun.disposition == .failed ? "failed" : "last ran"
            lines.append("It \(ending) in run \(lastRun.run), because:")
            lines += lastRun.reasons.map { "  " + $0.sentences }
            if let message = lastRun.message { lines.append("  " + message.escapedForDisplay) }
        } else if case .upToDate = state {
            lines.append(
                "No run of this pipeline had to compute it: another stage or pipeline had done the same work."
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `{"name", "state", "reasons", "frozen", "held", "accepted", "elsewhere": {INPUT: OUTPUT}, "cache", "upstream": [{"name", "reasons"}], "last": {"run", "disposition", "reasons"}}`.
    var document: Value {
        var reasons: [Staleness] = []
        var accepted: Value = .null
        let name: String
        switch state {
        case .upToDate(let trace):
            name = "upToDate"
            accepted = trace.accepted.map { .string($0.description) } ?? .null
        case .inCache(_, _, let found): (name, reasons) = ("inCache", found)
        case .stale(_, let found): (name, reasons) = ("willRun", found)
        case .pending(_, let found): (name, reasons) = ("mayRun", found)
        case .unexpanded: name = "mayRun"
        case .blocked: name = "blocked"
        }
        let last: Value =
            lastRun.map { record in
                [
                    "run": .integer(record.run.number), "disposition": .string(record.disposition.rawValue),
                    "reasons": .list(record.reasons.map(\.record)),
                ]
            } ?? .null
        return [
            "name": .string(stage.description), "state": .string(name),
            "reasons": .list(reasons.map(\.record)), "last": last,
            "cache": cache.map { .string($0) } ?? .null, "frozen": .boolean(isFrozen),
            "held": .list(held.map(\.record)), "accepted": accepted,
            "elsewhere": .map(
                Dictionary(elsewhere.map { ($0.input, .string($0.output.description)) }) { first, _ in first }
            ),
            "upstream": .list(
                upstream.map { stage, reasons in
                    ["name": .string(stage.description), "reasons": .list(reasons.map(\.record))]
                }),
        ]
    }
}

extension Trace {
    /// A note for a result that was accepted; nil for all others.
    var acceptanceRemark: String? {
        accepted.map {
            "The result was accepted with `sluice accept`: it was made for key \($0.digest.abbreviated)."
        }
    }
}
