import Arguments
import ArtifactStore
import Dataflow
import Execution
import PipelineFiles

/// `sluice run`: runs the stages whose results are not in the store.
enum RunCommand: Command {
    struct Values: CommandValues {
        var pipeline = ""
        var stages = StageChoice()
        var onlyNamed = false
        var withDependents = false
        var forces = false
        var isDryRun = false
        var jobs: Int?
        var keepsGoing = false
        var settings = ParameterSettings()
        var resources: [String] = []
        var verifies = false
        var executor: String?
        var name: String?
        var note: String?
        var keepsFailed = false
        var isOffline = false
        var sign: String?
        var isUnconfined = false
        var isQuiet = false
        var isVerbose = false
        var isJSON = false
        var directory: String?

        /// True for an ordinary run of all stages, which can be short if there is nothing to do.
        var mayRepeat: Bool {
            stages.isEmpty && !onlyNamed && !withDependents && !forces && !isDryRun && !verifies
                && executor == nil && !isVerbose && !isJSON
        }
    }

    static let syntax = CommandSyntax<Values>(
        name: "run",
        summary: "Run a pipeline, or some of its stages and what they need: only what has changed.",
        discussion: """
            Exit codes: 0 done, 1 a stage failed, 2 invalid usage or pipeline, 3 the store is damaged or locked,
            130 interrupted. The first Ctrl-C lets running stages finish, the second kills them.
            """,
        operands: [
            Operand("PIPELINE", .one, "The pipeline file.") { $0.pipeline = $1 },
            Operand(
                "STAGE", .any,
                "Only these stages and what they need, such as model, model[fold=0], train-* or tag:slow; model+ adds "
                    + "what depends on it, and +model, with --only, what it needs. All if none is named."
            ) { $0.stages.words.append($1) },
        ],
        options: [
            .flag(
                "--only", sets: \.onlyNamed,
                "Run only the named stages: what they read must be in the store already."),
            .flag(
                "--from", sets: \.withDependents, "Run the named stages and all stages that depend on them."),
            .flag(
                "--force", sets: \.forces,
                "Run the named stages (all if none is named) even if the store has their results."),
            .flag("-n", "--dry-run", sets: \.isDryRun, "Print what would run and why, without running it."),
            .jobs(\.jobs),
            .flag(
                "-k", "--keep-going", sets: \.keepsGoing,
                "After a failure, continue with the stages that do not depend on it."),
            .tags(\.stages.tags), .settings(\.settings), .parameterFiles(\.settings), .resources(\.resources),
            .text(
                "--executor", placeholder: "local|slurm", sets: \.executor,
                "Run all stages here (local), or with Slurm all that are not marked executor: local (slurm)."),
            .text("--name", placeholder: "NAME", sets: \.name, "Name the run, for `compare` and `metrics`."),
            .text("--note", placeholder: "TEXT", sets: \.note, "Keep a note with the run."),
            .flag("--verify", sets: \.verifies, "Run each stage twice and compare the outputs."),
            .flag(
                "--unconfined", sets: \.isUnconfined,
                "Let stages access whatever you can. Results of commands then count in unconfined runs only."
            ),
            .flag(
                "--keep-failed", sets: \.keepsFailed,
                "Keep the folder of a stage that fails: its inputs, outputs, scratch files, log and command."),
            .flag("--offline", sets: \.isOffline, "Use no shared caches."),
            .text(
                "--sign", placeholder: "KEY", sets: \.sign,
                "The file with the private key that signs what is uploaded to shared caches."),
            .flag("-q", "--quiet", sets: \.isQuiet, "Report only what goes wrong."),
            .flag(
                "-v", "--verbose", sets: \.isVerbose,
                "Report why each stage runs, its key and inputs, its command, where it runs and what it produced."
            ),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard values.name.flatMap({ Int($0) }) == nil, values.name != "" else {
            throw CommandFailure.usage(
                "--name takes a name that is not a number, since every run also has a number")
        }
        guard !values.isQuiet || !values.isVerbose else {
            throw CommandFailure.usage("--quiet and --verbose cannot be combined")
        }
        let executor = try PipelineExecution.executor(values.executor)
        let file = try session.pipelineFile(named: values.pipeline)
        let surroundings =
            values.mayRepeat
            ? RunSurroundings(session, file: file, isConfined: !values.isUnconfined) : nil
        var opened: OpenedStore?
        if let surroundings {
            switch try RepeatedRun.attempt(session, file: file, surroundings) {
            case .repeated(let repeated):
                if !values.isQuiet { session.note(repeated.text(session.terminal.style(.error))) }
                return .done
            case .different(let store): opened = store
            }
        }
        let files = ReadFiles()
        let loaded = try session.loadPipeline(file, settings: values.settings, remembering: files)
        let selection = try selection(values, of: loaded.pipeline, session)
        session.keepUntilExit(selection)
        let resources = try session.resources(values.resources)
        if values.isDryRun {
            let store = try session.planningStore()
            let planner = try session.askingPlanner(
                store, of: loaded.pipeline, isOffline: values.isOffline, isUnconfined: values.isUnconfined)
            let plan = try planner.plan(selection)
            session.keepUntilExit(plan)
            let forecast = try session.forecast(plan, loaded.pipeline, store, jobs: values.jobs)
            session.show(
                plan, of: loaded.pipeline.name, forecast: forecast, leftOut: plan.pipeline.leftOut,
                asJSON: values.isJSON)
            session.noteDemands(
                of: plan.selection, in: plan, resources: resources, executor: executor)
            return .done
        }
        var execution = try PipelineExecution(
            session, opened, jobs: values.jobs, keepsGoing: values.keepsGoing, verifies: values.verifies,
            isQuiet: values.isJSON)
        execution.isUnconfined = values.isUnconfined
        execution.resources = resources
        execution.keepsFailed = values.keepsFailed
        execution.showsOnlyTrouble = values.isQuiet
        execution.isVerbose = values.isVerbose
        execution.executor = executor
        execution.isOffline = values.isOffline
        execution.signingKey = values.sign
        defer { execution.close() }
        let description = RunDescription(
            pipeline: loaded.pipeline.name, file: file, arguments: session.arguments,
            parameters: loaded.pipeline.parameters, name: values.name, note: values.note)
        let summary = try execution.run(selection, as: description)
        if let surroundings {
            let demands = session.demands(of: selection, resources: resources)
            // A mere convenience: any trouble with the store has been reported, or will be by the next run.
            let remembered = try? RememberedRun(
                session, loaded, selection, summary, execution.store, surroundings: surroundings,
                texts: files.all, demands: demands)
            remembered?.write(session, file: file)
        }
        if !values.isQuiet || summary.outcome != .succeeded {
            session.note(
                RunEnding(summary, pipeline: loaded.pipeline.name).text(session.terminal.style(.error)))
        }
        if values.isJSON { session.print(RunDocument.document(summary, pipeline: loaded.pipeline.name)) }
        return PipelineExecution.exitStatus(summary, session)
    }

    /// The stages that the command line selects.
    private static func selection(
        _ values: Values, of pipeline: Pipeline, _ session: Session
    ) throws -> Selection {
        guard !(values.onlyNamed && values.withDependents) else {
            throw CommandFailure.usage("--only and --from cannot be combined")
        }
        guard !values.stages.isEmpty else {
            guard !values.onlyNamed && !values.withDependents else {
                throw CommandFailure.usage(
                    "\(values.onlyNamed ? "--only" : "--from") needs the name of a stage, or --tag")
            }
            return Selection(of: pipeline, isForced: values.forces)
        }
        let reach: Selection.Reach =
            values.onlyNamed ? .alone : values.withDependents ? .withDependents : .withSources
        return Selection(
            of: pipeline, chosen: try session.stages(of: pipeline, values.stages), reach: reach,
            isForced: values.forces)
    }
}
