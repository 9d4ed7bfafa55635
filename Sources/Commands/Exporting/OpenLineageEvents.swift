import ArtifactStore
import Dataflow
import Digests
import StageSchemas
import Texts

/// A run as events of OpenLineage: https://openlineage.io/spec/2-0-2/OpenLineage.json
///
/// The run is a job, and so is each activity; the run is the parent of those that took place in it.
struct OpenLineageEvents {
    let provenance: RunProvenance
    /// The namespace of jobs and data sets.
    let namespace: String

    private static let producer = "urn:sluice:\(VersionCommand.version)"
    private static let specification = "https://openlineage.io/spec/"

    private var pipeline: String { provenance.run.pipeline }

    /// The events: the run's start and end, and between them those of the activities, ordered by time.
    var all: [Value] {
        let activities = provenance.known.sorted { left, right in
            (left.started ?? 0, left.ended ?? 0) < (right.started ?? 0, right.ended ?? 0)
        }
        return [start] + activities.flatMap(events) + (end.map { [$0] } ?? [])
    }

    private var start: Value { event("START", provenance.run.started, runFields, runJob) }

    /// Nil if the run is still going or was killed, because its end is unknown.
    private var end: Value? {
        guard let finished = provenance.run.finished, let outcome = provenance.run.outcome else { return nil }
        let type =
            switch outcome {
            case .succeeded: "COMPLETE"
            case .failed: "FAIL"
            case .interrupted: "ABORT"
            }
        return event(type, finished, runFields, runJob)
    }

    private func events(of activity: RunProvenance.Activity) -> [Value] {
        let inputs = activity.inputs.map(dataset(of:))
        let outputs = activity.outputs.map { output in
            Self.merged(
                dataset(activity.stage + "." + output.name, output.artifact.digest),
                [
                    "outputFacets": [
                        "outputStatistics": Self.facet(
                            "1-0-2", "OutputStatisticsOutputDatasetFacet",
                            ["size": .integer(output.artifact.size)])
                    ]
                ])
        }
        let job = job(of: activity)
        guard let started = activity.started else {
            // It is known what the job reads and writes, but not when it ran.
            return [
                [
                    "eventTime": .string(Moments.iso8601(provenance.run.started)), "job": job,
                    "inputs": .list(inputs), "outputs": .list(outputs), "producer": .string(Self.producer),
                    "schemaURL": .string(Self.specification + "2-0-2/OpenLineage.json#/$defs/JobEvent"),
                ]
            ]
        }
        let isFailure = activity.disposition == .failed
        let end = activity.ended ?? (isFailure ? provenance.run.finished : nil) ?? started
        return [
            event("START", started, fields(of: activity), job, inputs, []),
            event(isFailure ? "FAIL" : "COMPLETE", end, fields(of: activity), job, inputs, outputs),
        ]
    }

    private func event(
        _ type: String, _ time: Double, _ run: Value, _ job: Value, _ inputs: [Value] = [],
        _ outputs: [Value] = []
    ) -> Value {
        [
            "eventType": .string(type), "eventTime": .string(Moments.iso8601(time)), "run": run, "job": job,
            "inputs": .list(inputs), "outputs": .list(outputs), "producer": .string(Self.producer),
            "schemaURL": .string(Self.specification + "2-0-2/OpenLineage.json#/$defs/RunEvent"),
        ]
    }

    private var runFields: Value {
        [
            "runId": .string(provenance.id),
            "facets": [
                "processing_engine": Self.engine,
                "executionParameters": Self.parameters(provenance.run.parameters),
            ],
        ]
    }

    private var runJob: Value {
        [
            "namespace": .string(namespace), "name": .string(pipeline),
            "facets": ["jobType": Self.jobType("PIPELINE")],
        ]
    }

    private func fields(of activity: RunProvenance.Activity) -> Value {
        var facets: [String: Value] = ["processing_engine": Self.engine]
        if activity.disposition != .cached {
            facets["parent"] = Self.facet(
                "1-2-0", "ParentRunFacet",
                [
                    "run": ["runId": .string(provenance.id)],
                    "job": ["namespace": .string(namespace), "name": .string(pipeline)],
                ])
        }
        if case .kind(_, _, let parameters)? = activity.work {
            facets["executionParameters"] = Self.parameters(parameters)
        }
        if let message = activity.message, activity.disposition == .failed {
            facets["errorMessage"] = Self.facet(
                "1-0-1", "ErrorMessageRunFacet",
                ["message": .string(message), "programmingLanguage": .string(activity.kind)])
        }
        return ["runId": .string(activity.id), "facets": .map(facets)]
    }

    private func job(of activity: RunProvenance.Activity) -> Value {
        var facets: [String: Value] = ["jobType": Self.jobType("STAGE")]
        if case .command(let command)? = activity.work {
            facets["sourceCode"] = Self.facet(
                "1-0-1", "SourceCodeJobFacet",
                [
                    "language": .string(command.interpreter.first ?? "sh"),
                    "sourceCode": .string(command.text),
                ])
        }
        return [
            "namespace": .string(namespace), "name": .string(pipeline + "." + activity.stage),
            "facets": .map(facets),
        ]
    }

    /// An output, named by its stage, or a file from outside, named by its path, or by its digest if the path is unknown.
    private func dataset(of reading: RunGraph.Reading) -> Value {
        if let source = reading.source {
            let stage = provenance.activities[source.stage].stage
            return dataset(stage + "." + source.output, reading.digest)
        }
        guard let path = provenance.paths[reading.digest] else {
            return Self.dataset(namespace, "sha256:" + reading.digest.hexadecimal, reading.digest)
        }
        return Self.dataset("file", path, reading.digest)
    }

    private func dataset(_ output: String, _ digest: Digest) -> Value {
        Self.dataset(namespace, pipeline + "/" + output, digest)
    }

    private static func dataset(_ namespace: String, _ name: String, _ digest: Digest) -> Value {
        [
            "namespace": .string(namespace), "name": .string(name),
            "facets": [
                "version": facet(
                    "1-0-1", "DatasetVersionDatasetFacet", ["datasetVersion": .string(digest.hexadecimal)])
            ],
        ]
    }

    private static var engine: Value {
        facet(
            "1-1-1", "ProcessingEngineRunFacet",
            ["name": "Sluice", "version": .string(VersionCommand.version)])
    }

    private static func jobType(_ type: String) -> Value {
        facet(
            "2-0-4", "JobTypeJobFacet",
            ["processingType": "BATCH", "integration": "SLUICE", "jobType": .string(type)])
    }

    private static func parameters(_ parameters: [String: Value]) -> Value {
        let flat = RunComparison.flat(parameters).sorted { $0.key.precedesByBytes($1.key) }
        return facet(
            "1-0-0", "ExecutionParametersRunFacet",
            [
                "parameters": .list(
                    flat.map { ["key": .string($0.key), "value": .string($0.value.description)] })
            ])
    }

    private static func facet(_ version: String, _ name: String, _ fields: [String: Value]) -> Value {
        merged(
            .map(fields),
            [
                "_producer": .string(producer),
                "_schemaURL": .string("\(specification)facets/\(version)/\(name).json#/$defs/\(name)"),
            ])
    }

    private static func merged(_ value: Value, _ more: [String: Value]) -> Value {
        guard case .map(let fields) = value else { return value }
        return .map(fields.merging(more) { first, _ in first })
    }
}
