import Arguments
import ArtifactStore
import Dataflow
import StageSchemas

/// `sluice compare`: what differs between two runs, or between their versions of an artifact.
enum CompareCommand: Command {
    struct Values: CommandValues {
        var runs: [String] = []
        var artifact: String?
        var key: String?
        var pipeline: String?
        var isMarkdown = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "compare",
        summary: "Show what differs between two runs: parameters, code, inputs, metrics.",
        discussion: """
            Without arguments, compares the latest run with the one before it; with one run, the latest run with that one.
            With --artifact, compares the content of an output in the two runs: tables by row and column, JSON by path,
            text by line, safetensors by tensor, folders by file.
            """,
        operands: [
            Operand("RUN", .any, RunChoice.help + " The earlier run comes first.") { $0.runs.append($1) }
        ],
        options: [
            .text(
                "--artifact", placeholder: "STAGE.OUTPUT", sets: \.artifact,
                "Compare this output instead of the runs."),
            .text(
                "--key", placeholder: "COLUMN", sets: \.key,
                "The column that identifies a table's rows; by default id, or else the position."),
            .text("--pipeline", placeholder: "NAME", sets: \.pipeline, "The latest runs of this pipeline."),
            .markdown(\.isMarkdown),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard !(values.isJSON && values.isMarkdown) else {
            throw CommandFailure.usage("--json and --markdown cannot be combined")
        }
        let store = try session.requiredStore()
        let (before, after) = try runs(values, store.catalog)
        if let artifact = values.artifact {
            let comparison = try ArtifactComparison(
                artifact, before, after, key: values.key, store: store, session: session)
            session.show(comparison.findings, comparison.document, values)
            return .done
        }
        guard values.key == nil else { throw CommandFailure.usage("--key needs --artifact") }
        let comparison = try store.lookingUp {
            try RunComparison(side(before, store.catalog), side(after, store.catalog)) {
                try store.catalog.trace($0)?.material
            }
        }
        session.show(comparison.findings, comparison.document, values)
        return .done
    }

    private static func runs(_ values: Values, _ catalog: Catalog) throws -> (RunRecord, RunRecord) {
        guard values.runs.count <= 2 else { throw CommandFailure.usage("'compare' takes at most two runs") }
        let named = try values.runs.map { try RunChoice.find($0, catalog) }
        guard let first = named.first else {
            // The previous run of the same pipeline: runs of other pipelines have nothing in common with it.
            let pipeline = values.pipeline ?? values.artifact.flatMap { OutputName($0).pipeline }
            let latest = try RunChoice.latest(1, ofPipeline: pipeline, catalog)[0]
            let two = try RunChoice.latest(2, ofPipeline: latest.pipeline, catalog)
            return (two[1], two[0])
        }
        if named.count == 2 { return (first, named[1]) }
        let latest = try RunChoice.latest(1, ofPipeline: first.pipeline, catalog)[0]
        guard latest.id != first.id else {
            throw CommandFailure.usage(
                "run \(first.id) is the latest run of '\(first.pipeline)'; name the run to compare it with")
        }
        return (first, latest)
    }

    private static func side(_ run: RunRecord, _ catalog: Catalog) throws -> RunComparison.Side {
        RunComparison.Side(run: run, stages: try catalog.stages(of: run.id))
    }
}

extension Session {
    /// Prints findings in the requested format.
    fileprivate func show(
        _ findings: Findings, _ document: @autoclosure () -> Value, _ values: CompareCommand.Values
    ) {
        if values.isJSON { return print(document()) }
        if values.isMarkdown { return print(findings.markdown) }
        print(findings.text(width: terminal.size(.output).columns, style: terminal.style(.output)))
    }
}
