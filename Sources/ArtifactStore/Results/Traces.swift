public import Dataflow
internal import Digests

/// The results of a store, by key and by stage.
public struct Traces: TraceStoring {
    let database: StoreDatabase

    /// The trace of a key; nil if there is none, an output is damaged, or its own row is.
    public func trace(of key: Key) throws -> Trace? {
        try database.lookUp { try $0.traces.trace(of: key) }
    }

    /// The trace of a key whose key material is known, so that it need not be read back.
    public func trace(
        of key: Key, _ material: KeyMaterial, _ discovered: Trace.Discovered?
    ) throws -> Trace? {
        try database.lookUp { try $0.traces.trace(of: key, material, discovered) }
    }

    /// The latest trace of a stage; its outputs may be damaged.
    public func latest(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? {
        try latest(ofStage: stage.description, inPipeline: pipeline)
    }

    /// The latest trace of the stage with this description; its outputs may be damaged.
    public func latest(ofStage stage: String, inPipeline pipeline: String) throws -> Trace? {
        try database.lookUp { try $0.traces.latest(ofStage: stage, inPipeline: pipeline) }
    }

    /// The instances of a stage in the latest run of all stages that had some, each with its latest trace.
    public func latestInstances(
        ofStage stage: String, inPipeline pipeline: String
    ) throws -> [(stage: String, trace: Trace?)] {
        try database.lookUp { tables in
            guard let run = try tables.runs.latestWhole(withInstancesOf: stage, pipeline: pipeline) else {
                return []
            }
            return try tables.runs.instances(of: stage, run: run).map { instance in
                (instance, try tables.traces.latest(ofStage: instance, inPipeline: pipeline))
            }
        }
    }

    /// The wall seconds of each stage's latest trace.
    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        try database.lookUp { try $0.traces.latestDurations(inPipeline: pipeline) }
    }

    /// The cost of each stage's latest trace, for forecasts.
    public func latestCosts(inPipeline pipeline: String) throws -> [String: Forecast.Cost] {
        try database.lookUp { try $0.traces.latestCosts(inPipeline: pipeline) }
    }

    /// The mean costs of the latest traces of stage kinds, of all pipelines.
    public func latestCosts(ofKinds kinds: Set<String>) throws -> [String: Forecast.Cost] {
        try database.lookUp { tables in
            try kinds.reduce(into: [:]) { $0[$1] = try tables.traces.latestCost(ofKind: $1) }
        }
    }

    /// Records an accepted result, whose outputs the store has.
    public func accept(
        _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String
    ) throws {
        try database.transaction(isDurable: true) { tables in
            if let nodes { try tables.discoveries.insert(nodes.all) }
            let id = try tables.traces.insert(trace)
            try tables.traces.setLatest(ofStage: stage.description, inPipeline: pipeline, id)
        }
    }
}
