public import Dataflow
internal import Digests

/// The outputs of all instances of a stage, as of the latest run that had some.
public struct InstanceOutputs: Sendable {
    /// The run.
    public let run: RunID
    /// The instances in the order of their names, each with its output.
    public let artifacts: [(stage: String, artifact: Artifact)]
}

extension Catalog {
    /// The outputs that `stage[*]` or `pipeline:stage[*].output` means; nil for any other reference.
    ///
    /// - Throws: `StoreError.missing` if there is no instance, `invalid` if they have several outputs and none is named.
    public func instances(_ reference: String) throws -> InstanceOutputs? {
        let gather = StageReference(reference, pipeline: nil)
        guard let stage = gather.gatheredStage else { return nil }
        return try database.current { tables in
            guard let run = try tables.runs.latest(withInstancesOf: stage, pipeline: gather.pipeline) else {
                throw StoreError(
                    .missing,
                    "no run has instances of a stage '\(stage)'; `sluice runs show` lists what one did")
            }
            let traces = try tables.runs.traces(ofInstancesOf: stage, run: run)
            let artifacts = try traces.map { instance, trace in
                (instance, try gather.output(of: tables.traces.namedOutputs(of: trace)))
            }
            guard !artifacts.isEmpty else {
                throw StoreError(.missing, "no instance of '\(stage)' has a result in run \(run)")
            }
            return InstanceOutputs(run: run, artifacts: artifacts)
        }
    }
}
