import Dataflow

/// The stages of a run: those asked for and all that they read from, with their graph by index.
struct Selection: Sendable {
    let stages: [Stage]
    /// The indices of the stages that each reads from.
    let dependencies: [[Int]]
    /// True for stages that may only be looked up.
    let isLookupOnly: [Bool]
    private let indices: [StageID: Int]

    init(of pipeline: Pipeline, targets: Set<StageID>?, onlyTargets: Bool) {
        var wanted = Set<StageID>()
        if let targets {
            wanted = targets
            for stage in pipeline.stages.reversed() where wanted.contains(stage.id) {
                for input in stage.inputs { wanted.formUnion(input.references.map(\.stage)) }
            }
        }
        stages = targets == nil ? pipeline.stages : pipeline.stages.filter { wanted.contains($0.id) }
        var indices: [StageID: Int] = [:]
        indices.reserveCapacity(stages.count)
        for (index, stage) in stages.enumerated() { indices[stage.id] = index }
        self.indices = indices
        dependencies = stages.map { stage in
            var result: [Int] = []
            for input in stage.inputs {
                for reference in input.references {
                    guard let index = indices[reference.stage] else { continue }
                    if !result.contains(index) || input.references.count > 64 { result.append(index) }
                }
            }
            return result.count > 64 ? Array(Set(result)).sorted() : result
        }
        isLookupOnly = stages.map { onlyTargets && !(targets?.contains($0.id) ?? true) }
    }

    func index(of stage: StageID) -> Int? { indices[stage] }
}
