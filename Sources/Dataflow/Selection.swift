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
    /// The selected stages; in topological order, unless more became known later: see `order`.
    public let stages: [Stage]
    /// What the run may do with each stage.
    public let roles: [Role]
    /// The indices of the stages that each stage reads from, in ascending order.
    public let dependencies: [[Int]]
    /// The indices of the stages, each after those that it reads from; without placeholders whose instances are known.
    public let order: [Int]
    private let indices: [StageID: Int]
    private let choice: Choice

    /// What the user asked for.
    private struct Choice {
        /// The named stages; nil for all.
        var stages: Set<StageID>?
        var reach = Reach.withSources
        var isForced = false
        /// True if nothing may run.
        var isLookup = false
    }

    /// Selects stages of a pipeline.
    ///
    /// - Parameters:
    ///   - chosen: the stages that the user named; nil for all. A placeholder stands for all of its instances.
    ///   - isForced: true to run the named stages even if the store has their results.
    public init(
        of pipeline: Pipeline, chosen: Set<StageID>? = nil, reach: Reach = .withSources,
        isForced: Bool = false
    ) {
        self.init(of: pipeline, Choice(stages: chosen, reach: reach, isForced: isForced), after: nil)
    }

    /// Stages of a pipeline, whose results must be in the store: nothing runs.
    ///
    /// - Parameter chosen: the stages that are named, which includes what they read from; nil for all.
    public init(lookingUp pipeline: Pipeline, chosen: Set<StageID>? = nil) {
        self.init(of: pipeline, Choice(stages: chosen, isLookup: true), after: nil)
    }

    /// The same selection now that lists are known, in the order of the pipeline.
    public func expanded(with lists: KnownLists) throws -> Selection {
        Selection(of: try pipeline.expanded(with: lists), choice, after: nil)
    }

    /// The same selection now that lists are known: existing stages keep their indices, those of expanded placeholders are no
    /// longer used, and new stages are appended.
    public func extended(with lists: KnownLists) throws -> Selection {
        Selection(of: try pipeline.expanded(with: lists), choice, after: self)
    }

    private init(of pipeline: Pipeline, _ choice: Choice, after earlier: Selection?) {
        let chosen = choice.stages.map { pipeline.instances(of: $0) }
        let asked = choice.reach == .withDependents ? chosen.map(pipeline.dependents) : chosen
        let selected =
            asked.map(pipeline.sources).map { wanted in pipeline.stages.filter { wanted.contains($0.id) } }
            ?? pipeline.stages
        var stages = earlier?.stages ?? []
        var indices = earlier?.indices ?? [:]
        indices.reserveCapacity(selected.count)
        var order: [Int] = []
        order.reserveCapacity(selected.count)
        for stage in selected {
            // As a rule, the stage is new.
            guard let index = indices.updateValue(stages.count, forKey: stage.id) else {
                order.append(stages.count)
                stages.append(stage)
                continue
            }
            indices[stage.id] = index
            stages[index] = stage
            order.append(index)
        }
        var dependencies = [[Int]](repeating: [], count: stages.count)
        for index in order { dependencies[index] = Self.dependencies(of: stages[index], indices) }
        self.pipeline = pipeline
        self.stages = stages
        self.indices = indices
        self.dependencies = dependencies
        self.order = order
        self.choice = choice
        roles = stages.map { stage in
            if choice.isLookup { return .lookedUp }
            if asked?.contains(stage.id) ?? true { return choice.isForced ? .forced : .needed }
            return choice.reach == .alone ? .lookedUp : .needed
        }
    }

    private static func dependencies(of stage: Stage, _ indices: [StageID: Int]) -> [Int] {
        // The instances are to be known as soon as their list is.
        if let list = stage.awaitedList { return indices[list.stage].map { [$0] } ?? [] }
        var found: [Int] = []
        for input in stage.inputs {
            input.forEachReference { reference in
                if let index = indices[reference.stage] { found.append(index) }
            }
        }
        for list in stage.lists {
            if let index = indices[list.stage] { found.append(index) }
        }
        guard found.count > 1 else { return found }
        found.sort()
        return found.indices.filter { $0 == 0 || found[$0] != found[$0 - 1] }.map { found[$0] }
    }

    /// The stages that were named but turned out not to exist once the lists were known.
    public var missing: [StageID] {
        guard let chosen = choice.stages, pipeline.expansion != nil else { return [] }
        let known = Set(pipeline.stages.map(\.id)).union(pipeline.stages.compactMap(\.placeholder))
        return chosen.filter { id in
            !known.contains(id) && !pipeline.stages.contains { $0.isPlaceholder && $0.id.mayStand(for: id) }
                && !id.isPlaceholder
        }.sorted()
    }

    /// The index of a stage; nil if it is not selected.
    public func index(of stage: StageID) -> Int? { indices[stage] }

    /// The message for a stage that may not run although the store lacks its result.
    public static let lookUpFailure =
        "its result is not in the store, and only the named stages were to run; run it too"
}

extension Pipeline {
    /// The stages with these names, those that placeholders with these names stand for, and the placeholders that may stand
    /// for them.
    fileprivate func instances(of chosen: Set<StageID>) -> Set<StageID> {
        guard expansion != nil else { return chosen }
        var result: Set<StageID> = []
        for stage in stages {
            let isChosen =
                chosen.contains(stage.id) || stage.placeholder.map(chosen.contains) ?? false
                || stage.isPlaceholder && chosen.contains { stage.id.mayStand(for: $0) }
            if isChosen { result.insert(stage.id) }
        }
        return result
    }

    /// The given stages and all that read from them, directly or indirectly.
    public func dependents(of stages: Set<StageID>) -> Set<StageID> {
        var result = stages
        for stage in self.stages where !result.contains(stage.id) {
            let reads = stage.references.contains { result.contains($0.stage) }
            if reads { result.insert(stage.id) }
        }
        return result
    }

    /// The given stages and all that they read from, directly or indirectly.
    public func sources(of stages: Set<StageID>) -> Set<StageID> {
        var result = stages
        for stage in self.stages.reversed() where result.contains(stage.id) {
            for reference in stage.references { result.insert(reference.stage) }
        }
        return result
    }
}
