import Dataflow
import Execution
import Files
import Texts

/// The summary at the end of a run: what ran, what was cached, what failed, and where the published files are.
struct RunEnding {
    let pipeline: String
    let run: RunID
    let outcome: RunOutcome
    let seconds: Double
    let counts: [Disposition: Int]
    let failed: [StageResult]
    let published: [(file: String, path: FilePath)]

    init(_ summary: RunSummary, pipeline: String) {
        self.pipeline = pipeline
        run = summary.run
        outcome = summary.outcome
        seconds = summary.seconds
        counts = summary.results.reduce(into: [:]) { $0[$1.disposition, default: 0] += 1 }
        failed = summary.results.filter { $0.disposition == .failed }
        published = summary.published
    }

    /// The ending of a run that found everything as an earlier run left it.
    init(
        repeated run: RunID, pipeline: String, stages: Int, seconds: Double,
        published: [(file: String, path: FilePath)]
    ) {
        self.pipeline = pipeline
        self.run = run
        outcome = .succeeded
        self.seconds = seconds
        counts = [.cached: stages]
        failed = []
        self.published = published
    }

    func text(_ style: TextStyle) -> String {
        var lines: [String] = []
        let total = counts.values.reduce(0, +)
        let time = "\(Amounts.seconds(seconds)), run \(run)"
        switch outcome {
        case .succeeded where counts[.cached] == total:
            let stages =
                total == 1
                ? "the stage of \(pipeline) is" : "all \(Amounts.count(total, "stage")) of \(pipeline) are"
            lines.append(style.green("Nothing to do") + ": \(stages) up to date (\(time)).")
        case .succeeded: lines.append(style.green("Done") + ": \(counted) (\(time)).")
        case .failed: lines.append(style.red("Failed") + ": \(counted) (\(time)).")
        case .interrupted:
            lines.append(
                style.yellow("Interrupted")
                    + ": \(counted) (\(time)). What is done is kept; run again to continue.")
        }
        let leads = failed.compactMap(lead)
        for (stage, text) in leads.prefix(10) {
            lines.append("  " + style.red(stage.escapedForDisplay) + ": " + text)
        }
        if leads.count > 10 { lines.append("  and \(leads.count - 10) more") }
        for (_, path) in published { lines.append("  → \(path.text.escapedForDisplay)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Where there is more about a failure; nil if it left nothing, because the stage could not be started or wrote nothing.
    private func lead(_ result: StageResult) -> (stage: String, text: String)? {
        let stage = result.stage.description
        let parts = [
            result.failureLog.map { _ in "`sluice logs \(stage.shellQuoted)` shows what it wrote" },
            result.keptFolder.map { "enter its folder with \($0.shellQuoted)/enter" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : (stage, parts.joined(separator: "; "))
    }

    private var counted: String {
        let order: [Disposition] = [.ran, .cached, .failed, .skipped, .canceled]
        let parts = order.compactMap { disposition in
            counts[disposition].map { "\(Amounts.grouped($0)) \(disposition.rawValue)" }
        }
        return parts.joined(separator: ", ")
    }
}
