import ArtifactStore
import Dataflow
import Digests
import PipelineFiles
import StageSchemas

/// A plan for people and for programs.
struct PlanRendering {
    let plan: Plan
    let pipeline: String
    /// How long it would take; nil if not asked for.
    var forecast: Forecast?
    /// The user's name for a shared cache, by its address.
    var nameOfCache: (String) -> String = { $0 }

    /// A headline, then the stages with what would happen to each, and why.
    func text(width: Int, style: TextStyle) -> String {
        var text = headline + "\n"
        if let sentence = forecast?.sentence { text += sentence + "\n" }
        let names = plan.entries.map { $0.stage.id.description.escapedForDisplay }
        let idWidth = min(max(12, width / 3), names.lazy.map { DisplayWidth.of($0) }.max() ?? 0)
        let room = max(20, width - idWidth - 16)
        text.reserveCapacity(names.count * (idWidth + 40))
        for (entry, name) in zip(plan.entries, names) {
            let name = name.truncated(toWidth: idWidth).padded(toWidth: idWidth)
            let (state, detail) = words(entry)
            let colored = color(entry.state, style)(state.padded(toWidth: 10))
            if detail.isEmpty {
                text += "  \(colored)  \(name)".trimmedAtEnd
            } else {
                text += "  \(colored)  \(name)  "
                text += style.dim(detail.truncated(toWidth: room))
            }
            text += "\n"
        }
        return text
    }

    /// "demo: 3 stages are up to date, 1 will run, 2 may run".
    var headline: String {
        var counts = [0, 0, 0, 0, 0]
        for entry in plan.entries {
            switch entry.state {
            case .upToDate: counts[0] += 1
            case .inCache: counts[1] += 1
            case .stale: counts[2] += 1
            case .pending, .unexpanded: counts[3] += 1
            case .blocked: counts[4] += 1
            }
        }
        if counts[0] == plan.entries.count {
            return counts[0] == 1
                ? "\(pipeline): its stage is up to date"
                : "\(pipeline): all \(Amounts.count(counts[0], "stage")) are up to date"
        }
        let words = ["up to date", "in a shared cache", "will run", "may run", "cannot be planned"]
        let parts = zip(counts, words).filter { $0.0 > 0 }.map { "\(Amounts.grouped($0.0)) \($0.1)" }
        return "\(pipeline): " + parts.joined(separator: ", ")
    }

    /// What would happen to a stage: a short state and the details.
    func words(_ entry: Plan.Entry) -> (state: String, detail: String) {
        switch entry.state {
        case .upToDate(let trace):
            (
                "up to date",
                [
                    entry.stage.renewal != .frozen
                        ? nil
                        : entry.held.isEmpty
                            ? "frozen" : "frozen, otherwise: " + entry.held.phrase(of: entry.stage),
                    trace.accepted == nil ? nil : "accepted",
                ].compactMap { $0 }.joined(separator: "; ")
            )
        case .inCache(_, let address, _): ("in cache", nameOfCache(address).escapedForDisplay)
        case .stale(_, let reasons): ("will run", reasons.phrase(of: entry.stage))
        case .pending(let upstream, let reasons):
            (
                "may run",
                ([reasons.phrase(of: entry.stage), "depends on " + Self.list(upstream)].filter { !$0.isEmpty })
                    .joined(separator: "; ")
            )
        case .unexpanded(let lists): ("may run", "its instances are known after " + Self.list(lists))
        case .blocked(let message): ("blocked", message.escapedForDisplay)
        }
    }

    private func color(_ state: Plan.State, _ style: TextStyle) -> (String) -> String {
        switch state {
        case .upToDate, .inCache: style.green
        case .stale: style.blue
        case .pending, .unexpanded: style.yellow
        case .blocked: style.red
        }
    }

    /// The names of the first few stages.
    static func list(_ stages: [StageID]) -> String {
        let shown = stages.prefix(4).map(\.description).joined(separator: ", ")
        return shown + (stages.count > 4 ? " and \(stages.count - 4) more" : "")
    }

    /// `{"pipeline", "stages": [{"name", "kind", "key", "state", "reasons", "dependsOn", "knownAfter", "message", "cache", "frozen",
    /// "held", "accepted"}], "forecast", "leftOut"}`.
    func document(leftOut: [LeftOutStage]) -> Value {
        [
            "pipeline": .string(pipeline), "stages": .list(plan.entries.map(entry)),
            "forecast": forecast.map(\.document) ?? .null,
            "leftOut": .list(
                leftOut.map { ["name": .string($0.stage.description), "reason": .string($0.reason)] }),
        ]
    }

    private func entry(_ entry: Plan.Entry) -> Value {
        var fields: [String: Value] = [
            "name": .string(entry.stage.id.description), "kind": .string(entry.stage.work.kindName),
            "key": .null, "reasons": .list([]), "dependsOn": .list([]), "knownAfter": .list([]),
            "outputs": .map([:]), "message": .null, "accepted": .null, "cache": .null,
            "frozen": .boolean(entry.stage.renewal == .frozen), "held": .list(entry.held.map(\.record)),
        ]
        switch entry.state {
        case .upToDate(let trace):
            fields["state"] = "upToDate"
            fields["key"] = .string(trace.key.description)
            fields["accepted"] = trace.accepted.map { .string($0.description) } ?? .null
            fields["outputs"] = .map(trace.outputs.mapValues { .string($0.digest.hexadecimal) })
        case .inCache(let trace, let address, let reasons):
            fields["state"] = "inCache"
            fields["key"] = .string(trace.key.description)
            fields["cache"] = .string(nameOfCache(address))
            fields["reasons"] = .list(reasons.map(\.record))
            fields["outputs"] = .map(trace.outputs.mapValues { .string($0.digest.hexadecimal) })
        case .stale(let key, let reasons):
            fields["state"] = "willRun"
            fields["key"] = .string(key.description)
            fields["reasons"] = .list(reasons.map(\.record))
        case .pending(let upstream, let reasons):
            fields["state"] = "mayRun"
            fields["reasons"] = .list(reasons.map(\.record))
            fields["dependsOn"] = .list(upstream.map { .string($0.description) })
        case .unexpanded(let lists):
            fields["state"] = "mayRun"
            fields["knownAfter"] = .list(lists.map { .string($0.description) })
        case .blocked(let message):
            fields["state"] = "blocked"
            fields["message"] = .string(message)
        }
        return .map(fields)
    }
}

extension Plan.Entry {
    /// The address of the shared cache that has its result; nil unless a run would fetch it.
    var cache: String? {
        if case .inCache(_, let address, _) = state { address } else { nil }
    }
}

extension Session {
    /// The store for planning: created if there is none, and opened read-only if it cannot be written or the disk is full.
    func planningStore() throws -> ArtifactStore {
        do {
            return try openStore(.readWrite)
        } catch let error as StoreError where error.code == .readOnly || error.code == .full {
            guard try error.code == .readOnly || storeExists() else { throw error }
            return try openStore(.readOnly)
        }
    }

    /// Prints a plan.
    func show(
        _ plan: Plan, of pipeline: String, forecast: Forecast? = nil,
        leftOut: [LeftOutStage] = [],
        asJSON isJSON: Bool
    ) {
        let rendering = PlanRendering(
            plan: plan, pipeline: pipeline, forecast: forecast, nameOfCache: name(ofCache:))
        if isJSON { return print(rendering.document(leftOut: leftOut)) }
        print(
            rendering.text(width: terminal.size(.output).columns, style: terminal.style(.output))
                + LeftOut.text(leftOut, style: terminal.style(.output)))
    }
}

extension Session {
    /// How long a plan will take and what it will cost, by what the store knows of earlier runs.
    func forecast(
        _ plan: Plan, _ pipeline: Pipeline, _ store: ArtifactStore, jobs: Int?
    ) throws -> Forecast {
        let costs = try store.traces.latestCosts(inPipeline: pipeline.name)
        let kinds = plan.entries.compactMap { entry -> String? in
            guard case .kind(let kind, _, _) = entry.stage.work, costs[entry.stage.id.description] == nil
            else {
                return nil
            }
            return kind
        }
        return Forecast(
            plan, costs: costs, kinds: try store.traces.latestCosts(ofKinds: Set(kinds)),
            capacity: capacity(for: plan.selection.stages, jobs: jobs))
    }
}

/// The stages left out by a pipeline's conditions.
enum LeftOut {
    static func text(_ stages: [LeftOutStage], style: TextStyle) -> String {
        guard !stages.isEmpty else { return "" }
        let lines = stages.map { stage in
            "  " + stage.stage.description.escapedForDisplay
                + style.dim("  " + stage.reason.escapedForDisplay)
        }
        return "left out:\n" + lines.joined(separator: "\n") + "\n"
    }
}

extension Forecast {
    /// "About 2 min 5 s (6 min 10 s of work, 5 min 2 s of CPU time, 1.2 GB of results), without 3 stages that never ran, according
    /// to earlier runs"; nil if there is nothing to say.
    var sentence: String? {
        guard stageCount > 0 else { return nil }
        guard unknownCount < stageCount else {
            return "the duration is unknown: none of these stages has run yet"
        }
        var amounts = stageSeconds > seconds * 1.05 ? ["\(Amounts.seconds(stageSeconds)) of work"] : []
        amounts.append("\(Amounts.seconds(cpuSeconds)) of CPU time")
        amounts.append("\(Amounts.bytes(Int(min(bytes, 1e18)))) of results")
        let unknown =
            unknownCount > 0 ? ", without \(Amounts.count(unknownCount, "stage")) that never ran" : ""
        let time = seconds < 0.1 ? "less than 0.1 s" : "about " + Amounts.seconds(seconds)
        return "\(time) (\(amounts.joined(separator: ", ")))\(unknown), according to earlier runs"
    }

    /// `{"seconds", "stageSeconds", "cpuSeconds", "bytes", "stages", "unknownStages"}`.
    var document: Value {
        [
            "seconds": .number(seconds), "stageSeconds": .number(stageSeconds),
            "cpuSeconds": .number(cpuSeconds), "bytes": .number(bytes),
            "stages": .integer(stageCount),
            "unknownStages": .integer(unknownCount),
        ]
    }
}
