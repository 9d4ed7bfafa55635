/// The stages of a pipeline that a command considers, what it may do with each, and their graph by index.
public struct Selection: Sendable {
    /// What a run may do with a stage.
    public enum Role: Sendable, Hashable {
        /// Run it if the store does not have its result.
        case needed
        /// Run it even if the store has its result.
        case forced
        /// Do not run it: the store must have its result.
        case lookedUp
    }

    /// Which other stages are selected along with the named ones.
    public enum Reach: Sendable, Hashable {
        /// Everything that they read from, which runs if necessary.
        case withSources
        /// Nothing: everything that they read from must be in the store.
        case alone
        /// Everything that they read from and everything that depends on them, which runs if necessary.
        case withDependents
    }

    /// The pipeline.
    public let pipeline: Pipeline
    /// The selected stages, each after the stages that it reads from.
    public let stages: [Stage]
    /// What the run may do with each stage.
    public let roles: [Role]
    /// The indices of the stages that each stage reads from, in ascending order.
    public let dependencies: [[Int]]
    private let indices: [StageID: Int]

    /// Selects stages of a pipeline.
    ///
    /// - Parameters:
    ///   - chosen: the stages that the user named; nil for all.
    ///   - isForced: true to run the named stages even if the store has their results.
    public init(
        of pipeline: Pipeline, chosen: Set<StageID>? = nil, reach: Reach = .withSources,
        isForced: Bool = false
    ) {
        let asked = reach == .withDependents ? chosen.map(pipeline.dependents) : chosen
        let stages =
            asked.map(pipeline.sources).map { wanted in pipeline.stages.filter { wanted.contains($0.id) } }
            ?? pipeline.stages
        roles = stages.map { stage in
            if asked?.contains(stage.id) ?? true { return isForced ? .forced : .needed }
            return reach == .alone ? .lookedUp : .needed
        }
        var indices: [StageID: Int] = [:]
        indices.reserveCapacity(stages.count)
        for (index, stage) in stages.enumerated() { indices[stage.id] = index }
        dependencies = stages.map { stage in
            var found: [Int] = []
            for input in stage.inputs {
                for reference in input.references {
                    if let index = indices[reference.stage] { found.append(index) }
                }
            }
            guard found.count > 1 else { return found }
            found.sort()
            return found.indices.filter { $0 == 0 || found[$0] != found[$0 - 1] }.map { found[$0] }
        }
        self.pipeline = pipeline
        self.stages = stages
        self.indices = indices
    }

    /// All stages of a pipeline, whose results must be in the store: nothing runs.
    public init(lookingUp pipeline: Pipeline) {
        let all = Selection(of: pipeline)
        self.pipeline = pipeline
        stages = all.stages
        roles = all.stages.map { _ in .lookedUp }
        dependencies = all.dependencies
        indices = all.indices
    }

    /// The index of a stage; nil if it is not selected.
    public func index(of stage: StageID) -> Int? { indices[stage] }

    /// The message for a stage that may not run although the store lacks its result.
    public static let lookUpFailure =
        "its result is not in the store, and only the named stages were to run; run it too"
}

extension Pipeline {
    /// The given stages and all that read from them, directly or indirectly.
    public func dependents(of stages: Set<StageID>) -> Set<StageID> {
        var result = stages
        for stage in self.stages where !result.contains(stage.id) {
            let reads = stage.inputs.contains { input in
                input.references.contains { result.contains($0.stage) }
            }
            if reads { result.insert(stage.id) }
        }
        return result
    }

    /// The given stages and all that they read from, directly or indirectly.
    public func sources(of stages: Set<StageID>) -> Set<StageID> {
        var result = stages
        for stage in self.stages.reversed() where result.contains(stage.id) {
            for input in stage.inputs { result.formUnion(input.references.map(\.stage)) }
        }
        return result
    }
}
