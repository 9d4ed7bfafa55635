import ArtifactStore
import Dataflow
import Digests
import StageSchemas

extension ResearchCrate {
    /// Adds what happened: the run, and each stage's part in it.
    mutating func addActions() {
        let run = provenance.run
        let external = provenance.known.flatMap(\.inputs).filter { $0.source == nil }.map(\.digest)
        var seen: Set<Digest> = []
        var action = Self.action(
            "run \(run.id) of \(run.pipeline)", CrateID.path(workflow), run.started, run.finished,
            isFailure: run.outcome == .failed || run.outcome == .interrupted)
        action["object"] = .list(
            external.filter { seen.insert($0).inserted }.flatMap(files)
                + parameters.map { CrateID.reference(CrateID.fragment("value", $0.name)) })
        action["result"] = .list(results.map { CrateID.reference(CrateID.path($0.path)) })
        entities.add("#" + provenance.id, action)
        var controls: [Value] = []
        for activity in provenance.known {
            var action = Self.action(
                activity.stage, CrateID.fragment("tool", activity.stageName), activity.started,
                activity.ended,
                isFailure: activity.disposition == .failed)
            action["object"] = .list(activity.inputs.flatMap { files($0.digest) })
            action["result"] = .list(activity.outputs.flatMap { files($0.artifact.digest) })
            if let message = activity.message { action["error"] = .string(message) }
            if activity.disposition == .cached {
                action["description"] =
                    "The result was produced by an earlier run; this run took it from the store."
            }
            entities.add("#" + activity.id, action)
            let control = "#control-" + activity.id
            entities.add(
                control,
                [
                    "@type": "ControlAction", "name": .string("orchestrate " + activity.stage),
                    "instrument": CrateID.reference(CrateID.fragment("step", activity.stageName)),
                    "object": CrateID.reference("#" + activity.id),
                ])
            controls.append(CrateID.reference(control))
        }
        var organize = Self.action(
            "execution of run \(run.id)", "#sluice", run.started, run.finished, isFailure: false)
        organize["@type"] = "OrganizeAction"
        organize["object"] = .list(controls)
        organize["result"] = CrateID.reference("#" + provenance.id)
        entities.add("#engine-" + provenance.id, organize)
    }

    private static func action(
        _ name: String, _ instrument: String, _ started: Double?, _ ended: Double?, isFailure: Bool
    ) -> [String: Value] {
        var fields: [String: Value] = [
            "@type": "CreateAction", "name": .string(name), "instrument": CrateID.reference(instrument),
            "actionStatus": CrateID.reference(
                "http://schema.org/\(isFailure ? "Failed" : "Completed")ActionStatus"),
        ]
        if let started { fields["startTime"] = .string(Moments.iso8601(started)) }
        if let ended { fields["endTime"] = .string(Moments.iso8601(ended)) }
        return fields
    }
}
