import Dataflow
import Digests
import Execution
import Files
import StageSchemas

/// What `run --json` prints.
enum RunDocument {
    /// `{"run", "stages": [{"name", "kind", "key", "disposition", "reasons", "seconds", "outputs"}], "published"}`.
    static func document(_ summary: RunSummary) -> Value {
        var published: [String: Value] = [:]
        for (file, path) in summary.published { published[file] = .string(path.text) }
        return [
            "run": .integer(summary.run.number), "stages": .list(summary.results.map(stage)),
            "published": .map(published),
        ]
    }

    /// A stage of a run.
    static func stage(_ result: StageResult) -> Value {
        [
            "name": .string(result.stage.description), "kind": .string(result.kind),
            "key": result.key.map { .string($0.description) } ?? .null,
            "disposition": .string(result.disposition.rawValue),
            "reasons": .list(result.reasons.map(\.record)),
            "seconds": result.trace.map { .number($0.cost.wallSeconds) } ?? .null,
            "outputs": .map((result.trace?.outputs ?? [:]).mapValues { .string($0.digest.hexadecimal) }),
        ]
    }
}
