import Arguments
import ArtifactStore
import Dataflow
import Execution
import Files
import Glibc
import PipelineFiles
import Processes

/// `sluice run`: runs the stages whose results are not in the store.
enum RunCommand: Command {
    struct Values: CommandValues {
        var pipeline = ""
        var stages: [String] = []
        var onlyNamed = false
        var withDependents = false
        var forces = false
        var isDryRun = false
        var jobs: Int?
        var keepsGoing = false
        var settings: [String] = []
        var verifies = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "run",
        summary: "Run a pipeline, or some of its stages and what they need: only what has changed.",
        discussion: """
            Exit codes: 0 done, 1 a stage failed, 2 invalid usage or pipeline, 3 the store is damaged or locked,
            130 interrupted. The first Ctrl-C lets running stages finish, the second ends them.
            """,
        operands: [
            Operand("PIPELINE", .one, "The pipeline file.") { $0.pipeline = $1 },
            Operand(
                "STAGE", .any,
                "Only these stages and what they need, such as model or model[fold=0]. All if none is named."
            ) { $0.stages.append($1) },
        ],
        options: [
            .flag(
                "--only", sets: \.onlyNamed,
                "Run only the named stages: what they read must be in the store already."),
            .flag("--from", sets: \.withDependents, "Run the named stages and all stages that depend on them."),
            .flag(
                "--force", sets: \.forces,
                "Run the named stages (all if none is named) even if the store has their results."),
            .flag("-n", "--dry-run", sets: \.isDryRun, "Print what would run and why, without running it."),
            .integer(
                "-j", "--jobs", placeholder: "N", within: 1...4096, sets: \.jobs,
                "The number of processor cores to use; all by default."),
            .flag(
                "-k", "--keep-going", sets: \.keepsGoing,
                "After a failure, continue with the stages that do not depend on it."),
            .texts(
                "--set", placeholder: "NAME=VALUE", adds: \.settings,
                "Override a parameter of the pipeline; a dotted name reaches into a map."),
            .flag("--verify", sets: \.verifies, "Run each stage twice and compare the outputs."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let loaded = try session.loadPipeline(values.pipeline, settings: values.settings)
        let selection = try selection(values, of: loaded.pipeline)
        if values.isDryRun {
            let store = try session.planningStore()
            let planner = Planner(store: store, environment: { session.terminal.variable($0) })
            session.show(try planner.plan(selection), of: loaded, asJSON: values.isJSON)
            return .done
        }
        // If nobody reads the report any more, the run goes on.
        signal(SIGPIPE, SIG_IGN)
        let interrupts = try Interrupts()
        let copyBudget = try session.copyBudget()
        Supervisor.adoptOrphans()
        let store = try session.openStore(.readWrite)
        let swept = store.workFolder.sweep()
        let options = try options(values, store, session)
        defer { try? FileSystem.removeTree(options.attemptsFolder) }
        let isLive = session.terminal.isInteractive(.error) && !values.isJSON
        let style = session.terminal.style(.error)
        let reporter: any RunDisplay =
            isLive
            ? LiveReporter(
                terminal: session.terminal, style: style, cpus: options.capacity.cpus,
                durations: try store.latestDurations(inPipeline: loaded.pipeline.name),
                stages: selection.stages.map(\.id))
            : PlainReporter(terminal: session.terminal, style: style)
        if swept > 0 {
            let noun = swept == 1 ? "folder" : "folders"
            reporter.report(.notice("removed \(swept) work \(noun) that a killed run had left"))
        }
        let runner = try Runner(
            selection, store: store, reporter: reporter, options: options, interrupts: interrupts)
        let description = RunDescription(
            pipeline: loaded.pipeline.name, file: values.pipeline, arguments: session.arguments)
        let summary: RunSummary
        do {
            summary = try runner.run(description)
        } catch {
            reporter.close()
            throw error
        }
        reporter.close()
        do {
            try store.maintenance.trimCopies(to: copyBudget)
        } catch {
            session.note("Old plain copies could not be removed from the work folder: \(error)")
        }
        session.note(RunEnding(summary, pipeline: loaded.pipeline.name).text(style))
        if values.isJSON { session.print(RunDocument.document(summary)) }
        return exitStatus(summary, session)
    }

    /// The stages that the command line selects.
    private static func selection(_ values: Values, of pipeline: Pipeline) throws -> Selection {
        guard !(values.onlyNamed && values.withDependents) else {
            throw CommandFailure.usage("--only and --from cannot be combined")
        }
        guard !values.stages.isEmpty else {
            guard !values.onlyNamed && !values.withDependents else {
                throw CommandFailure.usage(
                    "\(values.onlyNamed ? "--only" : "--from") needs the name of a stage")
            }
            return Selection(of: pipeline, isForced: values.forces)
        }
        let reach: Selection.Reach =
            values.onlyNamed ? .alone : values.withDependents ? .withDependents : .withSources
        return Selection(
            of: pipeline, chosen: try pipeline.stages(named: values.stages), reach: reach,
            isForced: values.forces)
    }

    private static func options(
        _ values: Values, _ store: ArtifactStore, _ session: Session
    ) throws -> RunOptions {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let memory = max(1, sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
        var options = RunOptions(
            capacity: SchedulerState.Capacity(cpus: values.jobs ?? cores, memory: memory),
            workerExecutable: try FileSystem.canonical("/proc/self/exe").text,
            environment: session.environment, publicationFolder: "artifacts/out",
            attemptsFolder: try store.workFolder.makeAttemptsFolder())
        options.resumeFolder = store.workFolder.resume
        options.keepsGoing = values.keepsGoing
        options.verifies = values.verifies
        return options
    }

    private static func exitStatus(_ summary: RunSummary, _ session: Session) -> ExitStatus {
        if let trouble = summary.storeTrouble {
            session.note("sluice: \(trouble)")
            let status = (trouble as? StoreError)?.exitStatus ?? .store
            // What the store refuses of a stage's result is the stage's failure.
            return status == .usage ? .stageFailed : status
        }
        return switch summary.outcome {
        case .succeeded: .done
        case .failed: .stageFailed
        case .interrupted: .interrupted
        }
    }
}
