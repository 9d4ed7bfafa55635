import ArtifactStore
import Dataflow

extension Planner {
    /// A plan for stages that words on the command line mean, or for all if there are none, and the chosen stages.
    ///
    /// Instances that are known only after a list can be named, too, if the list is in the store.
    func plan(_ pipeline: Pipeline, stages words: [String]) throws -> (plan: Plan, chosen: Set<StageID>?) {
        guard !words.isEmpty else { return (try plan(Selection(of: pipeline)), nil) }
        guard pipeline.expansion != nil else {
            let chosen = try pipeline.stages(named: words)
            return (try plan(Selection(of: pipeline, chosen: chosen)), chosen)
        }
        let known = try plan(Selection(of: pipeline)).pipeline
        let chosen = try known.stages(named: words)
        return (try plan(Selection(of: pipeline, chosen: chosen)), chosen)
    }
}

extension Session {
    /// The pipeline with all instances whose lists the store has.
    func known(_ pipeline: Pipeline) throws -> Pipeline {
        guard pipeline.expansion != nil, let store = try existingStore() else { return pipeline }
        return try planner(store, of: pipeline).plan(Selection(of: pipeline)).pipeline
    }

    /// The stages that words on the command line mean, among them instances of lists that the store has.
    func stages(of pipeline: Pipeline, named words: [String]) throws -> Set<StageID> {
        if let chosen = try? pipeline.stages(named: words) { return chosen }
        return try known(pipeline).stages(named: words)
    }
}
