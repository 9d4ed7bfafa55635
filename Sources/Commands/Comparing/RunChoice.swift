import ArtifactStore
import Dataflow

/// A run that the command line names by its number or its name.
enum RunChoice {
    /// How to name a run on the command line.
    static let help = "A run's number, or the name that `sluice run --name` gave it."

    /// The run with a number or a name.
    static func find(_ word: String, _ catalog: Catalog) throws -> RunRecord {
        if let number = Int(word), let run = try catalog.run(RunID(number)) { return run }
        if let run = try catalog.run(named: word) { return run }
        throw CommandFailure.usage("there is no run '\(word)'; `sluice runs` lists them")
    }

    /// The latest runs, newest first.
    ///
    /// - Throws: `CommandFailure` if there are fewer than `count`.
    static func latest(_ count: Int, ofPipeline pipeline: String? = nil, _ catalog: Catalog) throws
        -> [RunRecord]
    {
        let runs = try catalog.runs(ofPipeline: pipeline, limit: count)
        guard runs.count == count else {
            let found =
                runs.isEmpty
                ? "there are no runs yet" : "there is only \(Amounts.count(runs.count, "run")) yet"
            let owner = pipeline.map { " of the pipeline '\($0)'" } ?? ""
            throw CommandFailure.usage("\(found)\(owner); this needs \(count)")
        }
        return runs
    }
}
