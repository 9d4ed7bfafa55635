import ArtifactStore
import Dataflow
import Texts

/// The page with all runs. Pure.
struct RunsPage {
    private let runs: [RunRecord]
    private let now: Double

    /// The most runs of the page.
    static let limit = 500

    init(_ runs: [RunRecord], now: Double) {
        self.runs = runs
        self.now = now
    }

    /// The state that the page shows, as a word that changes with it.
    static func version(of runs: [RunRecord]) -> String {
        guard let latest = runs.first else { return "none" }
        // What can change: new runs, and those that have not ended.
        let open = runs.prefix(limit).filter { $0.outcome == nil }.map { version(of: $0) }
        return ([version(of: latest)] + open).joined(separator: ",")
    }

    /// The state that a page about a run shows, as a word that changes with it.
    static func version(of run: RunRecord) -> String {
        let counts = run.counts.map { "\($0.key.rawValue)\($0.value)" }.sorted { $0.precedesByBytes($1) }
        return "\(run.id)-\(RunsCommand.outcome(run))-" + counts.joined(separator: "-")
    }

    func html(at place: ServedPlace, path: (RunID) -> String) -> String {
        let pipelines = Set(runs.map(\.pipeline)).count
        let head = """
            <h1>Runs</h1>
            <div class=dim>\(Amounts.count(runs.count, "run")) of \(Amounts.count(pipelines, "pipeline")), newest first\
            \(runs.count >= Self.limit ? "; the latest \(Self.limit)" : "")</div>
            """
        return ReportPage.document(
            title: "Runs · sluice", head: head, links: "", body: "<section>\n\(table(path))</section>\n",
            at: place)
    }

    private func table(_ path: (RunID) -> String) -> String {
        guard !runs.isEmpty else { return "<p>There are no runs yet.</p>\n" }
        let rows = runs.map { run in
            let outcome = RunsCommand.outcome(run)
            let color =
                switch run.outcome {
                case .succeeded?: "cached"
                case .failed?: "failed"
                case .interrupted?: "skipped"
                case nil: run.isRunning ? "ran" : "skipped"
                }
            let took = run.finished.map { Amounts.seconds($0 - run.started) } ?? ""
            let numbers = [Disposition.ran, .cached, .failed].map { disposition in
                "<td class=r>\(run.counts[disposition].map { Amounts.grouped($0) } ?? "")</td>"
            }.joined()
            return """
                <tr><td class=r><a href="\(HTML.escaped(path(run.id)))">\(run.id)</a></td><td>\(HTML.escaped(run.pipeline))</td>\
                <td>\(HTML.escaped(run.name ?? ""))</td><td><span class="tag \(color)">\(outcome)</span></td>\
                <td class=n>\(HTML.escaped(Amounts.ago(run.started, now: now)))</td><td class="r n">\(HTML.escaped(took))</td>\(numbers)\
                <td class=wide>\(HTML.escaped(run.arguments.joined(separator: " ").truncated(toWidth: 200)))</td></tr>
                """
        }.joined(separator: "\n")
        let titles =
            [
                "<th class=r>run</th>", "<th>pipeline</th>", "<th>name</th>", "<th>outcome</th>",
                "<th>started</th>",
            ]
            + ["took", "ran", "cached", "failed"].map { "<th class=r>\($0)</th>" } + ["<th>arguments</th>"]
        return
            "<div class=scroll tabindex=0><table><thead><tr>\(titles.joined())</tr></thead><tbody>\(rows)</tbody></table></div>\n"
    }
}
