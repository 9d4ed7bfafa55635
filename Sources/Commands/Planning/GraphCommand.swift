import Arguments
import Dataflow
import PipelineFiles

/// `sluice graph`: a pipeline's shape.
enum GraphCommand: Command {
    enum Format: String, CaseIterable, Sendable { case text, dot, mermaid }

    struct Values: CommandValues {
        var pipeline: String?
        var format = Format.text
        var showsInstances = false
        var settings: [String] = []
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "graph", summary: "Draw a pipeline: which stage reads from which.",
        operands: [
            Operand(
                "PIPELINE", .optional, "The pipeline file; that of the latest run where none is named."
            ) { $0.pipeline = $1 }
        ],
        options: [
            .choice("--format", sets: \.format, "Text for people, or a graph for Graphviz or Mermaid."),
            .flag(
                "--instances", sets: \.showsInstances, "Draw each instance of a matrix, not one node for all."
            ),
            .texts(
                "--set", placeholder: "NAME=VALUE", adds: \.settings,
                "Give a parameter of the pipeline another value."), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let file = try session.pipelineFile(named: values.pipeline)
        let loaded = try session.loadPipeline(file, settings: values.settings)
        let drawing = GraphDrawing(loaded.pipeline, showsInstances: values.showsInstances)
        switch values.format {
        case .text:
            let style = session.terminal.style(.output)
            session.print(
                drawing.text(width: session.terminal.size(.output).columns, style: style)
                    + LeftOut.text(loaded.leftOut, style: style))
        case .dot: session.print(drawing.dot)
        case .mermaid: session.print(drawing.mermaid)
        }
        return .done
    }
}
