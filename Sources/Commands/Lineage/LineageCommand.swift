import Arguments
import ArtifactStore
import Dataflow
import Digests
import Files
import StageSchemas
import Texts

/// `sluice lineage`: where an artifact or a published file came from, and what was made from it.
enum LineageCommand: Command {
    enum Format: String, CaseIterable, Sendable { case text, dot, mermaid, json }

    struct Values: CommandValues {
        var reference = ""
        var run: String?
        var isDownward = false
        var format = Format.text
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "lineage", summary: "Show where a file or an artifact came from, or what was made from it.",
        discussion: """
            A file is found by its content, wherever it is now. Shows the latest run that has it, unless --run names another.
            """,
        operands: [
            Operand("ARTIFACT", .one, "A file, or " + ArtifactChoice.help) { $0.reference = $1 }
        ],
        options: [
            .text("--run", placeholder: "RUN", sets: \.run, RunChoice.help),
            .flag("--down", sets: \.isDownward, "Show what was made from it instead."),
            .choice("--format", sets: \.format, "The format; default: text."), .json(\.isJSON),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let store = try session.requiredStore()
        let (digest, name) = try content(values.reference, store, session)
        let run = try run(with: digest, of: name, values, store.catalog)
        let pipeline = session.currentPipeline(of: run)
        let graph = try store.lookingUp {
            try RunGraph(of: run.id, store.catalog, declaredBy: pipeline)
        }
        guard LineageTree.holds(graph, digest) else {
            throw CommandFailure.usage(
                "run \(run.id) neither made nor read '\(values.reference)' (\(digest.abbreviated))")
        }
        let outside = graph.stages.flatMap(\.readings).filter { $0.source == nil }.map(\.digest)
        let paths = try store.catalog.sourcePaths(of: Set(outside))
        let lineage = LineageTree(
            graph, of: digest, madeBy: name?.stage, isDownward: values.isDownward, paths: paths
        ) {
            other in
            store.catalog.maker(of: other, outside: run.pipeline).map {
                "\($0.pipeline):\($0.stage).\($0.output)"
            }
        }
        switch values.isJSON ? .json : values.format {
        case .text:
            session.note("in run \(run.id) of \(run.pipeline)")
            session.print(lineage.text)
        case .dot: session.print(lineage.dot)
        case .mermaid: session.print(lineage.mermaid)
        case .json: session.print(lineage.document(run))
        }
        return .done
    }

    /// The digest of a file's content, or of an artifact in the store; and the name of the latter.
    private static func content(
        _ reference: String, _ store: ArtifactStore, _ session: Session
    ) throws -> (digest: Digest, name: OutputName?) {
        let path = session.path(reference)
        guard let status = try? FileStatus(of: path) else {
            return (
                try ArtifactChoice.resolve(reference, store, session).digest, OutputName(reference)
            )
        }
        let source = ExternalSource(path: path.text, shape: status.kind == .directory ? .directory : .file)
        return (try store.sources.digest(of: source), nil)
    }

    /// The run that the command line names, or the latest that made the artifact, or at least read it. What was made from an artifact
    /// may have been made in a later run, of another pipeline.
    private static func run(
        with digest: Digest, of name: OutputName?, _ values: Values, _ catalog: Catalog
    ) throws -> RunRecord {
        func makers() throws -> RunID? {
            guard !values.isDownward else { return nil }
            return try name.flatMap {
                try catalog.latestRun(making: digest, stage: $0.stage, pipeline: $0.pipeline)
            } ?? catalog.latestRun(making: digest)
        }
        guard
            let id = try values.run.map({ try RunChoice.find($0, catalog).id })
                ?? makers() ?? catalog.latestRun(with: digest)
        else {
            throw CommandFailure.usage(
                "no run made or read '\(values.reference)' (\(digest.abbreviated)); it was changed, or its results were collected"
            )
        }
        guard let run = try catalog.run(id) else { throw CommandFailure.usage("there is no run \(id)") }
        return run
    }
}
