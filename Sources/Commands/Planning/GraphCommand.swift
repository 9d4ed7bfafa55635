import Arguments
import Dataflow
import PipelineFiles
import StageSchemas

/// `sluice graph`: shows a pipeline's graph.
enum GraphCommand: Command {
    enum Format: String, CaseIterable, Sendable { case text, dot, mermaid, json }

    struct Values: CommandValues {
        var pipeline: String?
        var format = Format.text
        var showsInstances = false
        var stages = StageChoice()
        var settings = ParameterSettings()
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "graph", summary: "Draw a pipeline's graph.",
        operands: [
            Operand(
                "PIPELINE", .optional, "The pipeline file; by default, that of the latest run."
            ) { $0.pipeline = $1 }
        ],
        options: [
            .choice("--format", sets: \.format, "Plain text, Graphviz (dot), Mermaid or JSON."),
            .flag(
                "--instances", sets: \.showsInstances, "Draw each instance of a matrix as a separate node."
            ),
            .texts(
                "--tag", placeholder: "TAG", adds: \.stages.tags,
                "Draw only the stages with this tag, or one of several, and what they need."),
            .settings(\.settings), .parameterFiles(\.settings), .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let file = try session.pipelineFile(named: values.pipeline)
        let loaded = try session.loadPipeline(file, settings: values.settings)
        let pipeline = loaded.pipeline
        let drawing = GraphDrawing(
            pipeline,
            of: values.stages.isEmpty ? nil : pipeline.sources(of: try pipeline.stages(values.stages)),
            showsInstances: values.showsInstances)
        switch values.isJSON ? .json : values.format {
        case .text:
            let style = session.terminal.style(.output)
            session.print(
                drawing.text(width: session.terminal.size(.output).columns, style: style)
                    + (values.stages.isEmpty ? LeftOut.text(loaded.leftOut, style: style) : ""))
        case .dot: session.print(drawing.dot)
        case .mermaid: session.print(drawing.mermaid)
        case .json: session.print(drawing.document)
        }
        return .done
    }
}
