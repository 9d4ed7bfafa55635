import ArtifactStore
import Dataflow
import PipelineFiles

/// The results of a run that are exported or uploaded.
enum RunResults {
    /// The results of stages in a run, and of all stages that they read from, including those that make the lists of instances.
    ///
    /// - Parameters:
    ///   - words: the stages, such as `model` or `model[fold=0]`; all if there are none.
    ///   - number: the run; nil for the latest.
    static func choose(
        _ words: [String], ofRun number: Int?, _ store: ArtifactStore, _ session: Session
    ) throws -> (run: RunRecord, results: [(pipeline: String, stage: String, trace: Trace)]) {
        guard
            let run = try number.map({ try store.catalog.run(RunID($0)) })
                ?? store.catalog.runs(limit: 1).first
        else { throw CommandFailure.usage("there is no such run; `sluice runs` lists them") }
        let graph = try RunGraph(
            of: run.id, store.catalog, declaredBy: session.currentPipeline(of: run))
        let chosen = try graph.stages(named: words, of: run)
        let lists = FanOutLists(session, of: run)
        var reached = graph.reachable(from: chosen)
        while true {
            let names = Set(reached.flatMap { lists.stages(of: graph.stages[$0].record.stage) })
            let more = graph.stages.indices.filter { index in
                names.contains(graph.stages[index].record.stage) && !reached.contains(index)
            }
            guard !more.isEmpty else { break }
            reached = graph.reachable(from: reached + more)
        }
        let own = try reached.map { index in
            let stage = graph.stages[index]
            guard let trace = stage.trace else {
                throw CommandFailure.usage(
                    "'\(stage.record.stage)' has no result in run \(run.id), or it was collected; run it again first"
                )
            }
            return (pipeline: run.pipeline, stage: stage.record.stage, trace: trace)
        }
        return (run, try elsewhere(of: reached, in: graph, run, store) + own)
    }

    /// The results of other pipelines that stages have read, so that the other store has them, too.
    private static func elsewhere(
        of stages: [Int], in graph: RunGraph, _ run: RunRecord, _ store: ArtifactStore
    ) throws -> [(pipeline: String, stage: String, trace: Trace)] {
        var results: [(pipeline: String, stage: String, trace: Trace)] = []
        for reading in stages.flatMap({ graph.stages[$0].readings })
        where reading.source == nil && !reading.isFile {
            guard let maker = store.catalog.maker(of: reading.digest, outside: run.pipeline),
                !results.contains(where: { $0.pipeline == maker.pipeline && $0.stage == maker.stage }),
                let trace = try store.traces.latest(ofStage: maker.stage, inPipeline: maker.pipeline)
            else { continue }
            results.append((maker.pipeline, maker.stage, trace))
        }
        return results
    }
}

/// The stages that produce the lists of stages with `each:`, according to the current pipeline file of the run. Instances do not
/// read their list, but without it, a run does not know that they exist.
private struct FanOutLists {
    private var lists: [String: Set<String>] = [:]

    init(_ session: Session, of run: RunRecord) {
        guard let pipeline = try? session.loadPipeline(run.file).pipeline, pipeline.expansion != nil,
            let known = try? session.known(pipeline)
        else { return }
        for stage in known.stages {
            let makers = (stage.lists + [stage.awaitedList].compactMap { $0 }).map(\.stage.description)
            if !makers.isEmpty { lists[stage.id.name, default: []].formUnion(makers) }
        }
    }

    func stages(of instance: String) -> Set<String> { lists[StageID.name(of: instance)] ?? [] }
}
