import ArtifactStore
import Dataflow

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
