import Arguments
import ArtifactStore
import Dataflow
import Files
import PipelineFiles

/// `sluice report`: a page about a run, in one file.
enum ReportCommand: Command {
    struct Values: CommandValues {
        var run: String?
        var output: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "report", summary: "Write a page about a run: graph, timeline, metrics, results, logs.",
        discussion: "The page is one HTML file that needs no network.",
        operands: [Operand("RUN", .optional, RunChoice.help + " Default: the latest run.") { $0.run = $1 }],
        options: [
            .text(
                "-o", "--output", placeholder: "FILE", sets: \.output,
                "The file to write; default: report.html."),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let store = try session.requiredStore()
        let catalog = store.catalog
        let path = session.path(values.output ?? "report.html")
        let run = try values.run.map { try RunChoice.find($0, catalog) } ?? RunChoice.latest(1, catalog)[0]
        let folder = try session.makeTemporaryFolder()
        defer { try? FileSystem.removeTree(folder) }
        let pipeline = session.currentPipeline(of: run)
        let page = try store.lookingUp {
            try ReportPage(run, store, declaredBy: pipeline, temporaryFolder: folder).html()
        }
        try FileContents.write(page, to: path)
        session.note("wrote \(path), \(Amounts.bytes(page.utf8.count))")
        return .done
    }
}
