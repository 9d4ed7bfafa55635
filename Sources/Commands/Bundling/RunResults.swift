import ArtifactStore
import Dataflow
import Texts

/// The results of a run that are given to others.
enum RunResults {
    /// The results of stages in a run, and of all that they read from.
    ///
    /// - Parameters:
    ///   - words: the stages, such as `model` or `model[fold=0]`; all if there are none.
    ///   - number: the run; nil for the latest.
    static func choose(
        _ words: [String], ofRun number: Int?, _ store: ArtifactStore
    ) throws -> (run: RunRecord, results: [(pipeline: String, stage: String, trace: Trace)]) {
        guard
            let run = try number.map({ try store.catalog.run(RunID($0)) })
                ?? store.catalog.runs(limit: 1).first
        else { throw CommandFailure.usage("there is no such run; `sluice runs` lists them") }
        let graph = try RunGraph(of: run.id, store.catalog)
        let chosen = try indices(of: words, in: graph, run)
        let reached = graph.reachable(from: chosen)
        let own = try reached.map { index in
            let stage = graph.stages[index]
            guard let trace = stage.trace else {
                throw CommandFailure.usage(
                    "'\(stage.record.stage)' has no result in run \(run.id), or it was collected; run it again first"
                )
            }
            return (pipeline: run.pipeline, stage: stage.record.stage, trace: trace)
        }
        return (run, try elsewhere(of: reached, in: graph, run, store.catalog) + own)
    }

    /// The results of other pipelines that stages have read, so that they find them in the other store, too.
    private static func elsewhere(
        of stages: [Int], in graph: RunGraph, _ run: RunRecord, _ catalog: Catalog
    ) throws -> [(pipeline: String, stage: String, trace: Trace)] {
        var results: [(pipeline: String, stage: String, trace: Trace)] = []
        for reading in stages.flatMap({ graph.stages[$0].readings }) where reading.source == nil {
            guard let maker = catalog.maker(of: reading.digest, outside: run.pipeline),
                !results.contains(where: { $0.pipeline == maker.pipeline && $0.stage == maker.stage }),
                let trace = try catalog.latestTrace(ofStage: maker.stage, inPipeline: maker.pipeline)
            else { continue }
            results.append((maker.pipeline, maker.stage, trace))
        }
        return results
    }

    private static func indices(of words: [String], in graph: RunGraph, _ run: RunRecord) throws -> [Int] {
        guard !words.isEmpty else { return Array(graph.stages.indices) }
        return try words.flatMap { word in
            let name = word.endsWith("[*]") ? String(word.utf8.dropLast(3)) ?? word : word
            let found = graph.stages.indices.filter { index in
                let stage = graph.stages[index].record.stage
                return stage.hasSameBytes(as: name) || stage.utf8.starts(with: (name + "[").utf8)
            }
            guard found.isEmpty else { return found }
            let hint = didYouMean(name, among: graph.stages.map(\.record.stage)) ?? ""
            throw CommandFailure.usage("run \(run.id) has no stage '\(word)'\(hint)")
        }
    }
}
