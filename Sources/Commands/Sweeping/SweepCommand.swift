import Arguments
import ArtifactStore
import Dataflow
import Execution
import PipelineFiles

/// `sluice sweep`: runs a pipeline for all combinations of some parameters' values, and ranks them by a metric.
enum SweepCommand: Command {
    struct Values: CommandValues {
        var pipeline = ""
        var axes: [String] = []
        var ranking: String?
        var stages = StageChoice()
        var settings = ParameterSettings()
        var metrics: [String] = []
        var resources: [String] = []
        var jobs: Int?
        var keepsGoing = false
        var name: String?
        var isDryRun = false
        var isMarkdown = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "sweep",
        summary: "Run a pipeline with several values of its parameters, and compare the metrics.",
        discussion: """
            Runs every combination of the values, in parallel as cores and memory allow; stages that are the same in several \
            combinations run once. Each combination is recorded as a separate run, so `sluice runs`, `sluice metrics` and \
            `sluice compare` include it. Nothing is published.
            """,
        operands: [Operand("PIPELINE", .one, "The pipeline file.") { $0.pipeline = $1 }],
        options: [
            .texts(
                "--vary", placeholder: "NAME=V,V", adds: \.axes,
                "The values of a parameter, such as rank=8,16; may be repeated for several parameters."),
            .text(
                "--rank-by", placeholder: "METRIC", sets: \.ranking,
                "Sort the combinations by a metric, the lowest first, or with -METRIC the highest."),
            .texts(
                "--metric", placeholder: "NAME", adds: \.metrics,
                "Show this metric; default: those outside matrices."),
            .texts(
                "--tag", placeholder: "TAG", adds: \.stages.tags,
                "Run only the stages with this tag, or one of several, and what they need."),
            .settings(\.settings), .parameterFiles(\.settings), .resources(\.resources),
            .text("--name", placeholder: "NAME", sets: \.name, "Name the runs NAME-1, NAME-2 and so on."),
            .jobs(\.jobs),
            .flag(
                "-k", "--keep-going", sets: \.keepsGoing,
                "After a failure, continue with the stages that do not depend on it."),
            .flag("-n", "--dry-run", sets: \.isDryRun, "Print what would run and why, without running it."),
            .markdown(\.isMarkdown), .json(\.isJSON),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard !values.axes.isEmpty else {
            throw CommandFailure.usage("'sweep' needs at least one --vary NAME=VALUE,VALUE")
        }
        let points = try SweepGrid(values.axes).points
        let file = try session.pipelineFile(named: values.pipeline)
        let variants = try points.map { point in
            (
                label: point.label,
                pipeline: try session.loadPipeline(
                    file, settings: values.settings, varied: point.assignments
                ).pipeline
            )
        }
        guard let name = variants.first?.pipeline.name else { return .done }
        // For every combination, before anything runs: tags may depend on parameters.
        for variant in variants { _ = try chosen(values, variant.pipeline, session) }
        let merged = PipelineMerge(name: name + " (sweep)", variants).pipeline
        let selection = Selection(of: merged, chosen: try chosen(values, merged, session))
        if values.isDryRun {
            let planner = session.planner(try session.planningStore(), of: merged)
            session.show(try planner.plan(selection), of: merged.name, asJSON: values.isJSON)
            return .done
        }
        var execution = try PipelineExecution(
            session, jobs: values.jobs, keepsGoing: values.keepsGoing, isQuiet: values.isJSON)
        execution.resources = try session.resources(values.resources)
        execution.publishes = false
        defer { execution.close() }
        let summary = try execution.run(
            selection,
            as: RunDescription(
                pipeline: merged.name, file: file, arguments: session.arguments,
                note: "\(points.count) combinations"))
        if summary.outcome == .interrupted {
            session.note("Interrupted. What is done is kept; sweep again to continue.")
        } else {
            let runs = try record(variants, file, values, execution, session)
            try show(runs, values, execution.store, session)
        }
        return PipelineExecution.exitStatus(summary, session)
    }

    /// The stages that the command line selects; nil for all.
    private static func chosen(
        _ values: Values, _ pipeline: Pipeline, _ session: Session
    ) throws -> Set<StageID>? {
        values.stages.isEmpty ? nil : try session.stages(of: pipeline, values.stages)
    }

    /// Records a run for each combination, with the results that the sweep has added to the store.
    private static func record(
        _ variants: [(label: String, pipeline: Pipeline)], _ file: String, _ values: Values,
        _ execution: PipelineExecution,
        _ session: Session
    ) throws -> [RunID] {
        try variants.enumerated().map { index, variant in
            let pipeline = variant.pipeline
            let description = RunDescription(
                pipeline: pipeline.name, file: file, arguments: session.arguments,
                parameters: pipeline.parameters, name: values.name.map { "\($0)-\(index + 1)" },
                note: variant.label)
            return try execution.run(
                Selection(lookingUp: pipeline, chosen: try chosen(values, pipeline, session)),
                as: description, reporter: QuietReporter()
            ).run
        }
    }

    private static func show(
        _ runs: [RunID], _ values: Values, _ store: ArtifactStore, _ session: Session
    ) throws {
        let rows = try store.lookingUp {
            try runs.compactMap { id in
                try store.catalog.run(id).map {
                    MetricsTable.Row($0, metrics: try store.catalog.metrics(of: id))
                }
            }
        }
        var shown = MetricsCommand.Values()
        shown.sort = values.ranking
        shown.metrics = values.metrics
        shown.isJSON = values.isJSON
        shown.isMarkdown = values.isMarkdown
        let table = MetricsTable(rows)
        do {
            try MetricsCommand.show(table, shown, session)
        } catch {
            // What took hours is shown, whatever is wrong with the names.
            if !values.isJSON {
                (shown.sort, shown.metrics) = (nil, [])
                try MetricsCommand.show(table, shown, session)
            }
            throw error
        }
    }
}

/// Reports nothing, because everything has been reported already.
private struct QuietReporter: Reporter {
    func report(_ event: RunEvent) {}
}
