import Arguments
import Dataflow
import PipelineFiles
import StageSchemas

/// `sluice check`: validates a pipeline file.
enum CheckCommand: Command {
    struct Values: CommandValues {
        var pipeline: String?
        var settings = ParameterSettings()
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "check",
        summary: "Check a pipeline file and the files it names, without a store and without running it.",
        operands: [
            Operand(
                "PIPELINE", .optional, "The pipeline file; by default, that of the latest run."
            ) { $0.pipeline = $1 }
        ],
        options: [
            .settings(\.settings), .parameterFiles(\.settings), .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let file = try session.pipelineFile(named: values.pipeline)
        let loaded = try session.loadPipeline(file, settings: values.settings, looksAtFiles: true)
        let pipeline = loaded.pipeline
        let missing = MissingFiles(pipeline)
        guard missing.mistakes.isEmpty else { throw Session.failure(missing.mistakes, file) }
        if values.isJSON {
            session.print([
                "pipeline": .string(pipeline.name), "stages": .integer(pipeline.stages.count),
                "publications": .integer(pipeline.publications.count),
                "parameters": PipelinePage.document(loaded.parameters),
                "tags": .list(pipeline.tags.map { .string($0) }),
                "leftOut": .list(
                    loaded.leftOut.map {
                        ["name": .string($0.stage.description), "reason": .string($0.reason)]
                    }),
            ])
        } else {
            let stages = Amounts.count(pipeline.stages.count, "stage")
            let files = Amounts.count(pipeline.publications.count, "published file")
            session.print(
                "\(file): no mistakes; \(stages), \(files)\n"
                    + LeftOut.text(loaded.leftOut, style: session.terminal.style(.output)))
        }
        return .done
    }
}
