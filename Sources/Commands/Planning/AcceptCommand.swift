import Arguments
import ArtifactStore
import Dataflow
import Digests
import PipelineFiles
import StageSchemas

/// `sluice accept`: accepts a stage's latest result for the stage in its current form, without running it.
enum AcceptCommand: Command {
    struct Values: CommandValues {
        var words: [String] = []
        var settings = ParameterSettings()
        var isUnconfined = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "accept",
        summary: "Accept a stage's latest result for the stage in its current form, without running it.",
        discussion: """
            For a change that you know does not matter, such as a different comment in a script. The result is recorded as
            accepted, which `why` and `cache show` report. `run --force` recomputes it.
            """,
        operands: [
            Operand(
                "STAGE", .any,
                "The stage, after the pipeline file unless it is that of the latest run; all its instances."
            ) { $0.words.append($1) }
        ],
        options: [
            .settings(\.settings), .parameterFiles(\.settings),
            .flag("--unconfined", sets: \.isUnconfined, "For runs with --unconfined."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard let word = values.words.last, values.words.count <= 2 else {
            throw ArgumentsError("'accept' needs the name of a stage: sluice accept [PIPELINE] STAGE")
        }
        let file = try session.pipelineFile(named: values.words.count == 2 ? values.words[0] : nil)
        let loaded = try session.loadPipeline(file, settings: values.settings)
        let stages = try loaded.pipeline.stages(named: word)
        let store = try session.openStore(.readWrite)
        let acceptance = Acceptance(
            store: store,
            planner: session.planner(store, of: loaded.pipeline, isUnconfined: values.isUnconfined),
            pipeline: loaded.pipeline)
        var documents: [Value] = []
        var status = ExitStatus.done
        for stage in loaded.pipeline.stages.map(\.id) where Set(stages).contains(stage) {
            let name = stage.description.escapedForDisplay
            do {
                let trace = try acceptance.accept(stage)
                session.note(
                    trace.map { trace in
                        "accepted \(name): the result of key \(trace.accepted?.digest.abbreviated ?? "") counts for "
                            + "key \(trace.key.digest.abbreviated), too"
                    } ?? "\(name) is up to date; there is nothing to accept")
                documents.append([
                    "name": .string(stage.description), "accepted": .boolean(trace != nil),
                    "key": trace.map { .string($0.key.description) } ?? .null,
                    "madeFor": trace?.accepted.map { .string($0.description) } ?? .null, "message": .null,
                ])
            } catch let refusal as Acceptance.Refusal {
                session.note("sluice: \(refusal)".escapedForDisplay)
                documents.append([
                    "name": .string(stage.description), "accepted": .boolean(false), "key": .null,
                    "madeFor": .null, "message": .string("\(refusal)"),
                ])
                status = .stageFailed
            }
        }
        if values.isJSON { session.print(.list(documents)) }
        return status
    }
}
