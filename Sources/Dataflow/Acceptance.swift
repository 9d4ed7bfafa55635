internal import Digests

/// Accepts the latest result of a stage for its current key, without running it.
public struct Acceptance {
    /// Why a result cannot be accepted.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        /// The message.
        public let description: String
    }

    private let store: any ArtifactStoring
    private let planner: Planner
    private let pipeline: Pipeline

    /// Acceptance of results in a store.
    public init(store: any ArtifactStoring, planner: Planner, pipeline: Pipeline) {
        self.store = store
        self.planner = planner
        self.pipeline = pipeline
    }

    /// Accepts the latest result of a stage; nil if it already belongs to the current key.
    ///
    /// - Throws: `Refusal` if there is none, or if the stage depends on results that are still to be computed.
    public func accept(_ id: StageID) throws -> Trace? {
        let plan = try planner.plan(Selection(of: pipeline, chosen: [id]))
        guard let entry = plan[id] else { throw Refusal(description: "there is no stage '\(id)'") }
        switch entry.state {
        case .upToDate, .inCache: return nil
        case .blocked(let message): throw Refusal(description: "\(id) cannot be planned: \(message)")
        case .pending(let upstream, _):
            let names = upstream.map(\.description).joined(separator: ", ")
            throw Refusal(
                description:
                    "\(id) reads from \(names), whose results are not known: run or accept them first")
        case .unexpanded(let lists):
            let names = lists.map(\.description).joined(separator: ", ")
            throw Refusal(
                description:
                    "the instances of \(id) are known only after \(names): run or accept that first")
        case .stale: break
        }
        guard let material = try planner.material(for: entry.stage, in: plan) else {
            throw Refusal(description: "the inputs of \(id) are not known")
        }
        let trace = try self.trace(for: entry.stage, material)
        try store.traces.accept(trace.result, trace.nodes, ofStage: id, inPipeline: pipeline.name)
        return trace.result
    }

    private func trace(
        for stage: Stage, _ material: KeyMaterial
    ) throws -> (result: Trace, nodes: DiscoveryNodes?) {
        guard let latest = try store.traces.latest(ofStage: stage.id, inPipeline: pipeline.name) else {
            throw Refusal(description: "\(stage.id) has no result to accept; run it")
        }
        var outputs: [String: Artifact] = [:]
        for output in stage.outputs {
            guard let state = latest.state(of: output.name, in: stage) else {
                throw Refusal(
                    description: "the latest result of \(stage.id) has no output '\(output.name)'; run it")
            }
            guard case .artifact(let artifact) = state else { continue }
            guard (artifact.shape == .tree) == output.isDirectory, try store.artifacts.holds(artifact.digest)
            else {
                throw Refusal(
                    description: "the output '\(output.name)' of the latest result of \(stage.id) is "
                        + "no longer in the store, or is not what the stage declares now; run it")
            }
            outputs[output.name] = artifact
        }
        let declared = Key(material)
        let finder = planner.finder
        var discovered: Trace.Discovered?
        var nodes: DiscoveryNodes?
        if finder.isObserved(stage) {
            guard let trees = try finder.renewedDiscoveries(of: latest)?.trees() else {
                throw Refusal(
                    description:
                        "what \(stage.id) read in its latest run was not observed, so its result could not be "
                        + "recognized as stale later; run it")
            }
            discovered = Trace.Discovered(
                declared: declared, pathSet: trees.pathSet, snapshot: trees.snapshot)
            nodes = DiscoveryNodes(trees.nodes)
        }
        let result = Trace(
            key: discovered.map { Key(declared: declared, snapshot: $0.snapshot) } ?? declared,
            material: material, outputs: outputs, metrics: latest.metrics, cost: latest.cost, log: latest.log,
            confinement: latest.confinement, discovered: discovered, accepted: latest.accepted ?? latest.key)
        return (result, nodes)
    }
}

@available(*, unavailable)
extension Acceptance: Sendable {}
