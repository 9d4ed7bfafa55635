/// Looks up results, by key and by stage.
public protocol TraceStoring: Sendable {
    /// The trace of a key, or nil if there is none or one of its outputs is no longer complete.
    func trace(of key: Key) throws -> Trace?

    /// The trace of a key, given what the key is made of: the trace's material, and what was discovered.
    func trace(of key: Key, _ material: KeyMaterial, _ discovered: Trace.Discovered?) throws -> Trace?

    /// The latest trace of the stage of this name in the pipeline of this name, for reasons and durations.
    ///
    /// Its outputs may no longer be complete.
    func latest(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace?

    /// The instances of a stage in the latest run of a whole pipeline that had some, each with its latest trace, if it has one;
    /// none if there is no such run.
    func latestInstances(
        ofStage stage: String, inPipeline pipeline: String
    ) throws -> [(stage: String, trace: Trace?)]

    /// The wall-clock seconds of each stage's latest trace in a pipeline, by the stage id's description.
    func latestDurations(inPipeline pipeline: String) throws -> [String: Double]

    /// Records an accepted result as the latest of a stage.
    func accept(
        _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String) throws
}

extension TraceStoring {
    /// The trace of a key.
    public func trace(
        of key: Key, _ material: KeyMaterial, _ discovered: Trace.Discovered?
    ) throws -> Trace? { try trace(of: key) }

    /// The trace of a key that is the digest of its material alone.
    public func trace(of key: Key, _ material: KeyMaterial) throws -> Trace? {
        try trace(of: key, material, nil)
    }

    /// No instances, for stores without records of runs.
    public func latestInstances(
        ofStage stage: String, inPipeline pipeline: String
    ) throws -> [(stage: String, trace: Trace?)] { [] }
}
