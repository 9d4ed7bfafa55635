import ArtifactStore
import Dataflow
import Digests
import Files
import StageSchemas
import Texts

/// A page about a run.
struct ReportPage {
    private let run: RunRecord
    private let graph: RunGraph
    private let history: [MetricsTable.Row]
    private let results: [ReportResult]
    private let logs: [Int: String]

    /// The earlier runs whose metrics are drawn.
    private static let historyLength = 20
    /// The stages whose log's end is in the page: those that failed come first.
    private static let logLimit = 300
    private static let logBytes = 4096

    /// - Parameter pipeline: the run's pipeline as it is now, if it is known. It says what is published, which a run does not record;
    ///   without it, the outputs that no stage reads are shown.
    init(
        _ run: RunRecord, _ store: ArtifactStore, declaredBy pipeline: Pipeline?, temporaryFolder: FilePath
    ) throws {
        let catalog = store.catalog
        self.run = run
        graph = try RunGraph(of: run.id, catalog, declaredBy: pipeline)
        history = try catalog.runs(ofPipeline: run.pipeline, limit: 500).filter {
            $0.id.number <= run.id.number
        }
        .prefix(Self.historyLength).reversed().map {
            MetricsTable.Row($0, metrics: try catalog.metrics(of: $0.id))
        }
        results = try ReportResult.all(graph, pipeline?.publications ?? [], store, temporaryFolder)
        logs = Self.logs(graph, catalog)
    }

    private static func logs(_ graph: RunGraph, _ catalog: Catalog) -> [Int: String] {
        let order = graph.stages.indices.sorted { left, right in
            let (a, b) = (graph.stages[left].record.disposition, graph.stages[right].record.disposition)
            return (a == .failed ? 0 : a == .ran ? 1 : 2, left) < (
                b == .failed ? 0 : b == .ran ? 1 : 2, right
            )
        }
        var logs: [Int: String] = [:]
        for index in order where logs.count < logLimit {
            guard let digest = graph.stages[index].record.log,
                let bytes = try? catalog.bytes(of: digest, limit: 64 << 20)
            else { continue }
            let tail = bytes.suffix(logBytes)
            let text = String(decoding: tail, as: UTF8.self)
            logs[index] = (tail.count < bytes.count ? "…\n" : "") + text
        }
        return logs
    }

    /// The page.
    ///
    /// - Parameter place: where it is served, if it is.
    func html(at place: ServedPlace? = nil) -> String {
        let title = "\(run.pipeline), run \(run.id)" + (run.name.map { " (\($0))" } ?? "")
        let sections: [(id: String, title: String, body: String)] = [
            ("results", "Results", results.map(\.html).joined()),
            ("graph", "Graph", ReportGraph(graph).html),
            ("timeline", "Timeline", ReportTimeline(graph, run).html),
            ("metrics", "Metrics", metrics), ("parameters", "Parameters", parameters),
            ("stages", "Stages", stages), ("lineage", "Lineage", lineage),
        ].filter { !$0.body.isEmpty }
        let links = sections.map { "<a href=\"#\($0.id)\">\($0.title)</a>" }.joined(separator: "\n")
        let body = sections.map { "<section><h2 id=\"\($0.id)\">\($0.title)</h2>\n\($0.body)</section>\n" }
            .joined()
        let head = """
            <h1>\(HTML.escaped(title))</h1>
            <div class=dim>sluice \(HTML.escaped(run.arguments.joined(separator: " ")))</div>
            \(run.note.map { "<p>\(HTML.escaped($0))</p>" } ?? "")\(tiles)
            """
        return Self.document(title: title, head: head, links: links, body: body, at: place)
    }

    /// A page in the style of reports.
    static func document(
        title: String, head: String, links: String, body: String, at place: ServedPlace?
    ) -> String {
        let up = place?.home.map { "<p><a href=\"\(HTML.escaped($0))\">All runs</a></p>\n" } ?? ""
        let state = place.map {
            " data-state=\"\(HTML.escaped($0.state))\" data-version=\"\(HTML.escaped($0.version))\""
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(HTML.escaped(title))</title><link rel="icon" href="data:,">
            <style>\(ReportStyle.sheet)</style></head>
            <body\(state ?? "")><header>\(up)\(head)</header>
            \(links.isEmpty ? "" : "<nav aria-label=\"Sections\">\(links)</nav>")
            <main>\(body)</main>
            <script>\(ReportStyle.script)</script>\(place == nil ? "" : "<script>\(ServedPlace.script)</script>")</body></html>

            """
    }

    private var tiles: String {
        let side = RunComparison.Side(run: run, stages: graph.stages.map(\.record))
        let cpu = side.stages.reduce(0.0) { $1.disposition == .ran ? $0 + ($1.cost?.cpuSeconds ?? 0) : $0 }
        let peak = side.stages.reduce(0) { $1.disposition == .ran ? max($0, $1.cost?.peakMemory ?? 0) : $0 }
        var tiles = [
            (RunsCommand.outcome(run), "outcome"), ("\(Moments.utc(run.started))", "started (UTC)"),
            (run.finished.map { Amounts.seconds($0 - run.started) } ?? "–", "took"),
            (Amounts.grouped(run.counts[.ran] ?? 0), "stages ran"),
            (Amounts.grouped(run.counts[.cached] ?? 0), "stages from the cache"),
        ]
        if let failed = run.counts[.failed], failed > 0 {
            tiles.append((Amounts.grouped(failed), "stages failed"))
        }
        tiles.append((Amounts.seconds(side.secondsSaved), "saved by the cache"))
        if cpu > 0 { tiles.append((Amounts.seconds(cpu), "CPU time")) }
        if peak > 0 { tiles.append((Amounts.bytes(peak), "peak memory of a stage")) }
        return "<div class=tiles>"
            + tiles.map { "<div class=tile><b>\(HTML.escaped($0.0))</b>\(HTML.escaped($0.1))</div>" }.joined()
            + "</div>"
    }

    private var metrics: String {
        let rows = order.map { graph.stages[$0] }.flatMap { stage in
            stage.record.metrics.sorted { $0.key.precedesByBytes($1.key) }.map { name, value in
                (stage: stage.record.stage, name: name, value: value)
            }
        }
        guard !rows.isEmpty else { return "" }
        let body = rows.prefix(2000).map { row in
            let points = history.compactMap { $0.metrics[row.stage + "." + row.name] }
            return "<tr><td>\(HTML.escaped(row.stage))</td><td>\(HTML.escaped(row.name))</td>"
                + "<td class=r>\(HTML.escaped(Amounts.number(row.value)))</td><td>\(Sparkline(points).svg)</td></tr>"
        }.joined(separator: "\n")
        return """
            <div class=scroll tabindex=0><table><thead><tr><th>stage</th><th>metric</th><th class=r>value</th>\
            <th>\(history.count == 1 ? "" : "the latest \(history.count) runs")</th></tr></thead><tbody>\(body)</tbody></table></div>

            """
    }

    /// The stages by name, as people expect them.
    private var order: [Int] {
        graph.stages.indices.sorted {
            graph.stages[$0].record.stage.precedesNaturally(graph.stages[$1].record.stage)
        }
    }

    private var parameters: String {
        let rows = RunComparison.flat(run.parameters).sorted { $0.key.precedesByBytes($1.key) }
        return rows.isEmpty
            ? "" : HTML.table(["parameter", ">value"], rows.map { [$0.key, $0.value.description] })
    }

    private var stages: String {
        let list = order.map { index in
            let stage = graph.stages[index]
            let record = stage.record
            let took = record.cost.map { Amounts.seconds($0.wallSeconds) } ?? ""
            let text = "\(record.stage) \(record.kind) \(record.disposition.rawValue)"
            return """
                <details id="stage-\(index)" data-text="\(HTML.escaped(text.lowercased()))"><summary>\
                <b>\(HTML.escaped(record.stage))</b> <span class=dim>\(HTML.escaped(record.kind))</span> \
                <span class="tag \(record.disposition.rawValue)">\(record.disposition.rawValue)</span> \
                <span class=dim>\(HTML.escaped(took))</span></summary>\(details(index, stage))</details>

                """
        }.joined()
        return """
            <p><label>Filter <input id=filter type=search autocomplete=off placeholder="name, kind, outcome"></label></p>
            <div id=list>\(list)</div>

            """
    }

    private func details(_ index: Int, _ stage: RunGraph.Stage) -> String {
        let record = stage.record
        var html = ""
        if let message = record.message { html += "<p>\(HTML.escaped(message))</p>" }
        if !record.reasons.isEmpty {
            // A reason with several lines shows parts of a command.
            html += record.reasons.map { reason in
                let lines = reason.sentences.parts(between: "\n")
                let rest = lines.dropFirst().map { HTML.escaped($0) }.joined(separator: "\n")
                return "<p>\(HTML.escaped(lines[0]))</p>" + (rest.isEmpty ? "" : "<pre>\(rest)</pre>")
            }.joined()
        }
        var facts: [[String]] = []
        if let cost = record.cost {
            facts.append(["time", Amounts.seconds(cost.wallSeconds)])
            facts.append(["CPU time", Amounts.seconds(cost.cpuSeconds)])
            facts.append(["peak memory", Amounts.bytes(cost.peakMemory)])
        }
        if let trace = stage.trace {
            switch trace.material.work {
            case .kind(_, _, let parameters):
                for (name, value) in parameters.sorted(by: { $0.key.precedesByBytes($1.key) }) {
                    facts.append([name, value.description.truncated(toWidth: 400)])
                }
            case .command(let command):
                html += "<pre>\(HTML.escaped(command.text.truncated(toWidth: 4000)))</pre>"
            }
            for reading in stage.readings.prefix(20) {
                let source =
                    reading.source.map { graph.stages[$0.stage].record.stage + "." + $0.output }
                    ?? "from outside"
                facts.append(["input " + reading.input, source + ", " + reading.digest.abbreviated])
            }
            for (name, artifact) in trace.outputs.sorted(by: { $0.key.precedesByBytes($1.key) }) {
                facts.append([
                    "output " + name, Amounts.bytes(artifact.size) + ", " + artifact.digest.abbreviated,
                ])
            }
        }
        if !facts.isEmpty { html += HTML.table(["", ""], facts) }
        if let log = logs[index], !log.isEmpty {
            html += "<h3>End of the log</h3><pre>\(HTML.escaped(log))</pre>"
        }
        return html
    }

    private var lineage: String {
        results.compactMap { result -> String? in
            guard let stage = result.stage else { return nil }
            let ancestors = graph.reachable(from: [stage]).filter { $0 != stage }
            let outside = Set(
                ([stage] + ancestors).flatMap { graph.stages[$0].readings.filter { $0.source == nil } }.map {
                    $0.input + " " + $0.digest.abbreviated
                }
            ).sorted()
            let links = ancestors.prefix(200).map { index in
                "<a href=\"#stage-\(index)\">\(HTML.escaped(graph.stages[index].record.stage))</a>"
            }.joined(separator: ", ")
            return """
                <h3>\(HTML.escaped(result.name))</h3><p>made by <a href="#stage-\(stage)">\
                \(HTML.escaped(graph.stages[stage].record.stage))</a>\(links.isEmpty ? "" : " from " + links)\
                \(outside.isEmpty ? "" : "; files from outside: " + HTML.escaped(outside.prefix(50).joined(separator: ", ")))</p>

                """
        }.joined()
    }
}
