import Dataflow
import Digests
import Execution
import Files
import StageSchemas

/// What `run --json` prints.
enum RunDocument {
    /// `{"run", "pipeline", "outcome", "seconds", "stages": [{"name", "kind", "key", "disposition", "reasons", "message",
    /// "seconds", "outputs"}], "published"}`.
    static func document(_ summary: RunSummary, pipeline: String) -> Value {
        var published: [String: Value] = [:]
        for (file, path) in summary.published { published[file] = .string(path.text) }
        return [
            "run": .integer(summary.run.number), "pipeline": .string(pipeline),
            "outcome": .string(summary.outcome.rawValue), "seconds": .number(summary.seconds),
            "stages": .list(summary.results.map(stage)), "published": .map(published),
        ]
    }

    /// A stage of a run.
    static func stage(_ result: StageResult) -> Value {
        [
            "name": .string(result.stage.description), "kind": .string(result.kind),
            "key": result.key.map { .string($0.description) } ?? .null,
            "disposition": .string(result.disposition.rawValue),
            "reasons": .list(result.reasons.map(\.record)),
            "message": result.message.map { .string($0) } ?? .null,
            "seconds": result.trace.map { .number($0.cost.wallSeconds) } ?? .null,
            "outputs": .map((result.trace?.outputs ?? [:]).mapValues { .string($0.digest.hexadecimal) }),
        ]
    }
}
