/// Merges several variants of a pipeline into one, so that their common stages run once and the others side by side.
public struct PipelineMerge: Sendable {
    /// The merged pipeline; it publishes nothing.
    public let pipeline: Pipeline

    private struct Identity: Hashable {
        let stage: StageID
        let work: Stage.Work
        let inputs: [Stage.Input]
        let outputs: [Stage.Output]
        let permissions: Stage.Permissions
        let renewal: Stage.Renewal
        let secrets: [String]
        let lists: [OutputReference]
        let awaitedList: OutputReference?
    }

    /// Merges variants. Stages with equal work and equal inputs become one; others get their variant's label in their name.
    ///
    /// - Parameter variants: pipelines from one file, each with a unique label.
    /// - Complexity: linear in the stages and inputs of all variants.
    public init(name: String, _ variants: [(label: String, pipeline: Pipeline)]) {
        let pipeline = Self.pipeline(name: name, variants)
        self.pipeline = pipeline
    }

    private static func pipeline(name: String, _ variants: [(label: String, pipeline: Pipeline)]) -> Pipeline
    {
        // Names do not matter for equality, so a first merge shows which stages differ.
        let first = Self.merge(variants) { id, label in StageID("\(id.name){\(label)}", id.coordinates) }
        let second = Self.merge(variants) { id, label in
            first.counts[id] == 1 ? id : StageID("\(id.name){\(label)}", id.coordinates)
        }
        var resources: [String: Int] = [:]
        for variant in variants { resources.merge(variant.pipeline.resources) { max($0, $1) } }
        guard variants.contains(where: { $0.pipeline.expansion != nil }) else {
            return Pipeline(
                name: name, stages: second.stages, resources: resources,
                sharedFolder: variants.first?.pipeline.sharedFolder,
                caches: variants.first?.pipeline.caches ?? [])
        }
        let ids = second.ids
        return Pipeline(
            name: name, stages: second.stages, resources: resources,
            sharedFolder: variants.first?.pipeline.sharedFolder,
            caches: variants.first?.pipeline.caches ?? [],
            expansion: Expansion { lists in
                let expanded = try zip(variants, ids).map { variant, ids in
                    // The lists, by the variant's own stage names.
                    let names = Dictionary(ids.map { ($1, $0) }) { first, _ in first }
                    var own: KnownLists = [:]
                    for (output, items) in lists {
                        guard let stage = names[output.stage] else { continue }
                        own[OutputReference(stage: stage, output: output.output)] = items
                    }
                    return (label: variant.label, pipeline: try variant.pipeline.expanded(with: own))
                }
                return Self.pipeline(name: name, expanded)
            })
    }

    private static func merge(
        _ variants: [(label: String, pipeline: Pipeline)], naming: (StageID, _ label: String) -> StageID
    ) -> (stages: [Stage], counts: [StageID: Int], ids: [[StageID: StageID]]) {
        var merged: [Identity: StageID] = [:]
        var counts: [StageID: Int] = [:]
        var stages: [Stage] = []
        var all: [[StageID: StageID]] = []
        for (label, pipeline) in variants {
            var ids: [StageID: StageID] = [:]
            for stage in pipeline.stages {
                let inputs = stage.inputs.map { Self.renamed($0, ids) }
                let lists = stage.lists.map { Self.renamed($0, ids) }
                let awaitedList = stage.awaitedList.map { Self.renamed($0, ids) }
                let identity = Identity(
                    stage: stage.id, work: stage.work, inputs: inputs, outputs: stage.outputs,
                    permissions: stage.permissions, renewal: stage.renewal, secrets: stage.secrets,
                    lists: lists,
                    awaitedList: awaitedList)
                if let known = merged[identity] {
                    ids[stage.id] = known
                    continue
                }
                let id = naming(stage.id, label)
                counts[stage.id, default: 0] += 1
                merged[identity] = id
                ids[stage.id] = id
                stages.append(
                    Stage(
                        id: id, work: stage.work, inputs: inputs, outputs: stage.outputs,
                        resources: stage.resources, permissions: stage.permissions, renewal: stage.renewal,
                        secrets: stage.secrets, retries: stage.retries, placement: stage.placement,
                        location: stage.location, lists: lists, awaitedList: awaitedList,
                        placeholder: stage.placeholder, tags: stage.tags))
            }
            all.append(ids)
        }
        return (stages, counts, all)
    }

    private static func renamed(_ reference: OutputReference, _ ids: [StageID: StageID]) -> OutputReference {
        OutputReference(stage: ids[reference.stage] ?? reference.stage, output: reference.output)
    }

    private static func renamed(_ input: Stage.Input, _ ids: [StageID: StageID]) -> Stage.Input {
        switch input.source {
        case .output(let reference):
            Stage.Input(name: input.name, source: .output(renamed(reference, ids)))
        case .gather(let references):
            Stage.Input(name: input.name, source: .gather(references.map { renamed($0, ids) }))
        case .member(let reference, let path, let digest):
            Stage.Input(
                name: input.name, source: .member(renamed(reference, ids), path: path, digest: digest))
        case .external, .elsewhere: input
        }
    }
}
