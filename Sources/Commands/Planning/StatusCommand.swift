import Arguments
import ArtifactStore
import Dataflow
import PipelineFiles

/// `sluice status`: what would run, and why, without running it.
enum StatusCommand: Command {
    struct Values: CommandValues {
        var pipeline: String?
        var stages = StageChoice()
        var settings = ParameterSettings()
        var isJSON = false
        var setsExitCode = false
        var isOffline = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "status", summary: "Show which stages are up to date, and which would run and why.",
        discussion: """
            Shared caches are asked for results that the store does not have, for at most ten seconds: a run would fetch them.
            """,
        operands: [
            Operand(
                "PIPELINE", .optional, "The pipeline file; by default, that of the latest run."
            ) { $0.pipeline = $1 },
            Operand("STAGE", .any, "Only these stages and their dependencies.") {
                $0.stages.words.append($1)
            },
        ],
        options: [
            .tags(\.stages.tags), .settings(\.settings), .parameterFiles(\.settings),
            .flag("--offline", sets: \.isOffline, "Do not ask shared caches."),
            .flag(
                "--exit-code", sets: \.setsExitCode, "Exit with 1 unless everything is up to date, for CI."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let file = try session.pipelineFile(named: values.pipeline)
        let loaded = try session.loadPipeline(file, settings: values.settings)
        let store = try session.planningStore()
        let planner = try session.askingPlanner(store, of: loaded.pipeline, isOffline: values.isOffline)
        let (plan, _) = try planner.plan(loaded.pipeline, values.stages)
        session.keepUntilExit(plan)
        let forecast = try session.forecast(plan, loaded.pipeline, store, jobs: nil)
        session.show(
            plan, of: loaded.pipeline.name, forecast: forecast, leftOut: plan.pipeline.leftOut,
            asJSON: values.isJSON
        )
        session.noteDemands(of: plan.selection, in: plan)
        return values.setsExitCode && !plan.isUpToDate ? .stageFailed : .done
    }
}
