import Arguments
import ArtifactStore
import Clocks
import Dataflow
import Digests
import StageSchemas

/// `sluice cache ls`: the artifacts in the store.
enum CacheListCommand: Command {
    struct Values: CommandValues {
        var stage: String?
        var pipeline: String?
        var limit: Int?
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache ls", summary: "List the artifacts in the store, most recently used first.",
        operands: [
            Operand("STAGE", .optional, "Only the current outputs of this stage.") { $0.stage = $1 }
        ],
        options: [
            .text(
                "--pipeline", placeholder: "NAME", sets: \.pipeline,
                "Only the current outputs of this pipeline."),
            .integer(
                "-n", "--limit", placeholder: "N", within: 1...1_000_000, sets: \.limit,
                "List at most N; default 100, or all with --json."), .json(\.isJSON),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let limit = values.limit ?? (values.isJSON ? 1_000_000 : 100)
        let records =
            try session.existingStore()?.catalog.artifacts(
                ofPipeline: values.pipeline, stage: values.stage, limit: limit) ?? []
        if records.isEmpty, let stage = values.stage {
            throw CommandFailure.usage(
                "no stage '\(stage)'\(values.pipeline.map { " of '\($0)'" } ?? "") has an output in the store"
            )
        }
        if records.isEmpty, let pipeline = values.pipeline {
            throw CommandFailure.usage("no stage of a pipeline '\(pipeline)' has an output in the store")
        }
        if values.isJSON {
            session.print(.list(records.map { $0.document }))
            return .done
        }
        guard !records.isEmpty else {
            session.note("The store is empty.")
            return .done
        }
        let now = WallClock.seconds()
        let table = TextTable(
            ["artifact", ">size", ">stored", "kind", "output of", "used", ""],
            rows: records.map { record in
                [
                    record.artifact.digest.abbreviated, Amounts.bytes(record.artifact.size),
                    Amounts.bytes(record.storedSize), record.producers.first?.kind ?? "", record.origin,
                    Amounts.ago(record.used, now: now), record.remarks,
                ]
            })
        session.print(
            table.text(width: session.terminal.size(.output).columns, style: session.terminal.style(.output)))
        if records.count == limit { session.note("… there may be more; --limit N shows them") }
        return .done
    }
}

extension ArtifactRecord {
    /// The stage and output whose current result it is, and how many others.
    var origin: String {
        var names: [String] = []
        for producer in producers {
            for stage in producer.stages { names.append(stage + "." + producer.output) }
        }
        guard let first = names.first else { return producers.first.map { "(earlier) .\($0.output)" } ?? "" }
        return first + (names.count > 1 ? " and \(names.count - 1) more" : "")
    }

    /// Whether it is a tree, pinned or damaged.
    var remarks: String {
        var words: [String] = []
        if artifact.shape == .tree { words.append("tree") }
        if !pins.isEmpty {
            words.append("pinned" + pins.filter { !$0.isEmpty }.map { " " + $0 }.joined(separator: ","))
        }
        if isDamaged { words.append("damaged") }
        return words.joined(separator: ", ")
    }

    /// `{"digest", "shape", "size", "stored", "damaged", "created", "used", "pins", "producers"}`.
    var document: Value {
        [
            "digest": .string(artifact.digest.hexadecimal), "shape": .string(artifact.shape.rawValue),
            "size": .integer(artifact.size), "stored": .integer(storedSize), "damaged": .boolean(isDamaged),
            "created": .number(created), "used": .number(used), "pins": .list(pins.map { .string($0) }),
            "producers": .list(
                producers.map { producer in
                    [
                        "kind": .string(producer.kind), "output": .string(producer.output),
                        "stages": .list(producer.stages.map { .string($0) }),
                        "key": .string(producer.key.description), "seconds": .number(producer.seconds),
                    ]
                }),
        ]
    }
}
