import ArtifactStore
import Dataflow
import Digests
import StageSchemas

/// A run as a document of the W3C's PROV data model in PROV-JSON: https://www.w3.org/submissions/prov-json/
///
/// Each output is a separate entity, because PROV allows only one activity to generate an entity, and several stages may make
/// identical files.
struct ProvenanceDocument {
    private let provenance: RunProvenance
    private var sections: [String: [String: Value]] = [:]
    private var relationCount = 0

    init(_ provenance: RunProvenance) {
        self.provenance = provenance
        add(
            "agent", "sluice:program", ["prov:type": Self.name("prov:SoftwareAgent"), "prov:label": "Sluice"])
        addRun()
        for activity in provenance.known { add(activity) }
    }

    var value: Value {
        var document = sections.mapValues { Value.map($0) }
        document["prefix"] = [
            "uuid": "urn:uuid:", "sha256": "urn:sha256:", "output": "urn:sluice:output:",
            "sluice": "urn:sluice:term:",
        ]
        return .map(document)
    }

    private mutating func addRun() {
        let run = provenance.run
        var fields: [String: Value] = [
            "prov:label": .string("run \(run.id) of \(run.pipeline)"), "prov:type": Self.name("sluice:Run"),
            "prov:startTime": .string(Moments.iso8601(run.started)), "sluice:pipeline": .string(run.pipeline),
            "sluice:file": .string(run.file), "sluice:parameters": .string(Value.map(run.parameters).json),
            "sluice:outcome": .string(RunsCommand.outcome(run)),
        ]
        if let finished = run.finished { fields["prov:endTime"] = .string(Moments.iso8601(finished)) }
        if let name = run.name { fields["sluice:name"] = .string(name) }
        if let note = run.note { fields["sluice:note"] = .string(note) }
        add("activity", "uuid:" + provenance.id, fields)
        relate(
            "wasAssociatedWith",
            ["prov:activity": .string("uuid:" + provenance.id), "prov:agent": "sluice:program"])
    }

    private mutating func add(_ activity: RunProvenance.Activity) {
        let id = "uuid:" + activity.id
        var fields: [String: Value] = [
            "prov:label": .string(activity.stage), "prov:type": Self.name("sluice:Stage"),
            "sluice:kind": .string(activity.kind),
            "sluice:disposition": .string(activity.disposition.rawValue),
        ]
        if let started = activity.started { fields["prov:startTime"] = .string(Moments.iso8601(started)) }
        if let ended = activity.ended { fields["prov:endTime"] = .string(Moments.iso8601(ended)) }
        if let message = activity.message { fields["sluice:message"] = .string(message) }
        switch activity.work {
        case .kind(_, _, let parameters)?: fields["sluice:parameters"] = .string(Value.map(parameters).json)
        case .command(let command)?: fields["sluice:command"] = .string(command.text)
        case nil: break
        }
        add("activity", id, fields)
        relate("wasAssociatedWith", ["prov:activity": .string(id), "prov:agent": "sluice:program"])
        let run = Value.string("uuid:" + provenance.id)
        if activity.disposition == .cached {
            relate("wasInformedBy", ["prov:informed": run, "prov:informant": .string(id)])
        } else {
            relate("wasStartedBy", ["prov:activity": .string(id), "prov:starter": run])
        }
        for reading in activity.inputs {
            relate(
                "used",
                [
                    "prov:activity": .string(id), "prov:entity": .string(entity(of: reading)),
                    "prov:role": .string(reading.input),
                ])
        }
        for output in activity.outputs {
            let entity = addOutput(
                output.name, output.artifact.digest, of: activity,
                [
                    "sluice:size": ["$": .string("\(output.artifact.size)"), "type": "xsd:integer"],
                    "sluice:shape": .string(output.artifact.shape.rawValue),
                ])
            relate(
                "wasGeneratedBy",
                [
                    "prov:entity": .string(entity), "prov:activity": .string(id),
                    "prov:role": .string(output.name),
                ])
        }
    }

    /// The entity that an activity has read.
    private mutating func entity(of reading: RunGraph.Reading) -> String {
        if let source = reading.source {
            return addOutput(source.output, reading.digest, of: provenance.activities[source.stage], [:])
        }
        let id = "sha256:" + reading.digest.hexadecimal
        var fields: [String: Value] = ["sluice:sha256": .string(reading.digest.hexadecimal)]
        if let path = provenance.paths[reading.digest] {
            fields["prov:label"] = .string(path)
            fields["prov:location"] = .string(path)
        }
        add("entity", id, fields)
        return id
    }

    /// The entity of an output, or of a file inside one.
    private mutating func addOutput(
        _ name: String, _ digest: Digest, of activity: RunProvenance.Activity, _ more: [String: Value]
    ) -> String {
        let id = "output:" + activity.id + "-" + StageID.fileName(of: name)
        let fields: [String: Value] = [
            "prov:label": .string(activity.stage + "." + name), "sluice:sha256": .string(digest.hexadecimal),
        ]
        add("entity", id, fields.merging(more) { first, _ in first })
        return id
    }

    private mutating func add(_ section: String, _ id: String, _ fields: [String: Value]) {
        sections[section, default: [:]][id, default: .map([:])].merge(fields)
    }

    private mutating func relate(_ relation: String, _ fields: [String: Value]) {
        relationCount += 1
        sections[relation, default: [:]]["_:r\(relationCount)"] = .map(fields)
    }

    private static func name(_ name: String) -> Value {
        ["$": .string(name), "type": "prov:QUALIFIED_NAME"]
    }
}

extension Value {
    /// Adds entries to a map.
    fileprivate mutating func merge(_ fields: [String: Value]) {
        guard case .map(let own) = self else { return }
        self = .map(own.merging(fields) { first, _ in first })
    }
}
