import ArtifactStore
import Dataflow

extension Planner {
    /// A plan for the stages that the command line names, and these; nil if it names none and all are planned.
    ///
    /// Instances that are known only after a list can be named, too, if the list is in the store.
    func plan(_ pipeline: Pipeline, _ choice: StageChoice) throws -> (plan: Plan, chosen: Set<StageID>?) {
        guard !choice.isEmpty else { return (try plan(Selection(of: pipeline)), nil) }
        guard pipeline.expansion != nil else {
            let chosen = try pipeline.stages(choice)
            return (try plan(Selection(of: pipeline, chosen: chosen)), chosen)
        }
        let known = try plan(Selection(of: pipeline)).pipeline
        let chosen = try known.stages(choice)
        return (try plan(Selection(of: pipeline, chosen: chosen)), chosen)
    }
}

extension Session {
    /// The pipeline with all instances whose lists the store has.
    func known(_ pipeline: Pipeline) throws -> Pipeline {
        guard pipeline.expansion != nil, let store = try existingStore() else { return pipeline }
        return try planner(store, of: pipeline).plan(Selection(of: pipeline)).pipeline
    }

    /// The stages that the command line names, among them instances of lists that the store has.
    func stages(of pipeline: Pipeline, _ choice: StageChoice) throws -> Set<StageID> {
        if let chosen = try? pipeline.stages(choice) { return chosen }
        return try known(pipeline).stages(choice)
    }
}
