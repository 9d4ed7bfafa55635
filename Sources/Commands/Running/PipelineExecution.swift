import ArtifactStore
import CUDA
import Confinement
import Dataflow
import Execution
import Files
import Glibc
import PipelineFiles
import Processes
import Remotes

/// Runs stages in this process: opens the store, listens for Ctrl-C and shows the progress.
struct PipelineExecution {
    let store: ArtifactStore
    private let session: Session
    let interrupts: Interrupts
    private var options: RunOptions
    /// The number of each named resource.
    var resources: [String: Int] = [:]
    /// True to confine no stage.
    var isUnconfined = false
    /// True to keep the folders of failed attempts.
    var keepsFailed = false
    /// False to leave the published files unchanged.
    var publishes = true
    /// True to report only what went wrong.
    var showsOnlyTrouble = false
    /// True to report everything that is known about each stage.
    var isVerbose = false
    /// The executor, if the command line names one.
    var executor: Placement.Executor?
    /// True to use no shared caches.
    var isOffline = false
    /// The file of the key that signs uploads, if the command line names one.
    var signingKey: String?
    private let copyBudget: Int
    private let sweptCount: Int
    private let isQuiet: Bool

    /// - Parameters:
    ///   - opened: the store, if it is open already.
    ///   - jobs: the number of processor cores to use; nil for all.
    ///   - isQuiet: true for plain lines even on a terminal.
    init(
        _ session: Session, _ opened: OpenedStore? = nil, jobs: Int?, keepsGoing: Bool,
        verifies: Bool = false, isQuiet: Bool
    ) throws {
        // If nothing reads the report any more, the run continues.
        signal(SIGPIPE, SIG_IGN)
        interrupts = try Interrupts()
        copyBudget = try session.copyBudget()
        Supervisor.adoptOrphans()
        let opened = try opened ?? OpenedStore(session)
        store = opened.store
        sweptCount = opened.sweptCount
        var options = RunOptions(
            capacity: Self.capacity(jobs: jobs, environment: session.environment),
            workerExecutable: try FileSystem.canonical("/proc/self/exe").text,
            environment: session.environment, publicationFolder: Session.publicationFolder,
            attemptsFolder: try store.workFolder.makeAttemptsFolder())
        options.attemptRegister = RunningAttempt.register(in: options.attemptsFolder)
        options.resumeFolder = store.workFolder.resume
        options.keepsGoing = keepsGoing
        options.verifies = verifies
        options.readMetrics = { path in
            let bytes = try FileContents.read(path, limit: MetricsFile.sizeLimit)
            return try MetricsFile.numbers(in: bytes)
        }
        self.options = options
        self.session = session
        self.isQuiet = isQuiet
    }

    /// The resources of this machine, with at most `jobs` cores.
    static func capacity(jobs: Int?, environment: [String: String]) -> SchedulerState.Capacity {
        capacity(jobs: jobs, gpus: GraphicsProcessors.names(environment: environment).count)
    }

    /// The resources of this machine, which has `gpus` GPUs.
    static func capacity(jobs: Int?, gpus: Int) -> SchedulerState.Capacity {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let memory = max(1, sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
        return SchedulerState.Capacity(cpus: jobs ?? cores, memory: memory, gpus: gpus)
    }

    /// Removes the folder of attempts, and declares that this process no longer works on the store.
    func close() {
        try? FileSystem.removeTree(options.attemptsFolder)
        store.leave()
    }

    /// Runs a selection and shows its progress.
    func run(_ selection: Selection, as description: RunDescription) throws -> RunSummary {
        let isLive = session.terminal.isInteractive(.error) && !isQuiet && !showsOnlyTrouble
        let stages = selection.stages.map(\.id)
        let lines = RunLines(style: session.terminal.style(.error), stages: stages, isVerbose: isVerbose)
        let display: any RunDisplay =
            isLive
            ? LiveReporter(
                terminal: session.terminal, lines: lines, cpus: options.capacity.cpus,
                durations: try store.traces.latestDurations(inPipeline: description.pipeline), stages: stages)
            : PlainReporter(
                terminal: session.terminal, lines: lines, showsOnlyTrouble: showsOnlyTrouble)
        if sweptCount > 0 {
            let noun = sweptCount == 1 ? "folder" : "folders"
            display.report(.notice("removed \(sweptCount) work \(noun) that a killed run had left"))
        }
        if !isUnconfined, let notice = ConfinementSupport.ofThisKernel().notice {
            display.report(.notice(notice))
        }
        for warning in demands(of: selection).warnings { display.report(.notice(warning)) }
        defer { trimCopies() }
        defer { display.close() }
        return try run(selection, as: description, reporter: display)
    }

    /// Runs a selection with a reporter.
    func run(_ selection: Selection, as description: RunDescription, reporter: any Reporter) throws
        -> RunSummary
    {
        var options = options
        options.capacity.others = selection.pipeline.resources.merging(resources) { _, new in new }
        let impossible = demands(of: selection).impossible
        options.impossible = Dictionary(impossible.map { ($0.stage, $0.reason) }) { first, _ in first }
        let places = session.places(of: store, selection.pipeline)
        options.places = places
        if places.gpu != nil {
            // A confined worker cannot search for them itself.
            let folders = LibraryPlaces { session.environment[$0] }.folders
            options.environment[LibraryPlaces.variable] = folders.map(\.text).joined(separator: ":")
        }
        if !isUnconfined {
            options.confinement = RunOptions.Confinement(places: places, support: .ofThisKernel())
        }
        options.executor = executor ?? .local
        options.runsAllHere = executor == .local
        options.publishes = publishes
        let shared = selection.pipeline.sharedFolder.map {
            FilePath($0).resolved(against: FileSystem.workingDirectory())
        }
        options.slurm = RunOptions.Slurm(
            sharedFolder: shared ?? store.workFolder.path.appending("slurm"),
            pollInterval: try slurmInterval())
        if keepsFailed { options.keptFolder = store.workFolder.failed }
        let sharing =
            isOffline
            ? nil
            : try RunSharing(
                session, store, selection.pipeline,
                view: places.fileView(
                    of: store,
                    observes: options.confinement?.support.observesCalls ?? false),
                signingKey: signingKey, reporter: reporter)
        options.results = sharing?.source
        if !impossible.isEmpty { try check(impossible, of: selection, sharing?.source) }
        let runner = try Runner(
            selection, store: store, reporter: reporter, options: options, interrupts: interrupts)
        let summary = try runner.run(description)
        if summary.outcome != .interrupted {
            sharing?.finish(summary, ofPipeline: description.pipeline) { interrupts.take() > 0 }
        }
        return summary
    }

    private func demands(of selection: Selection) -> ResourceDemands {
        session.demands(of: selection, resources: resources, executor: executor)
    }

    /// - Throws: if a stage has to run that this machine cannot run, and that no shared cache has.
    private func check(
        _ impossible: [(stage: StageID, reason: String)], of selection: Selection, _ source: SharedCaches?
    ) throws {
        let planner = session.planner(store, of: selection.pipeline, isUnconfined: isUnconfined)
        let asking = PlanAsking(
            planner: planner, source: source, seconds: try session.remotePatience(), note: session.note)
        let plan = try asking.plan(selection)
        let troubles = ResourceTroubles(impossible, in: plan)
        guard troubles.certain.isEmpty else {
            throw CommandFailure.usage(troubles.certain.joined(separator: "\n"))
        }
    }

    /// The interval at which Slurm is asked about the jobs: 5 seconds, or `SLUICE_SLURM_POLL`.
    private func slurmInterval() throws -> Double {
        guard let text = session.terminal.variable("SLUICE_SLURM_POLL") else { return 5 }
        guard let seconds = Double(text), seconds >= 0.1, seconds <= 3600 else {
            throw CommandFailure.usage("SLUICE_SLURM_POLL takes seconds from 0.1 to 3600, not '\(text)'")
        }
        return seconds
    }

    /// The executor that `--executor` names.
    static func executor(_ text: String?) throws -> Placement.Executor? {
        guard let text else { return nil }
        guard let executor = Placement.Executor(rawValue: text) else {
            throw CommandFailure.usage("--executor takes local or slurm, not '\(text)'")
        }
        return executor
    }

    private func trimCopies() {
        do {
            try store.maintenance.trimCopies(to: copyBudget)
        } catch {
            session.note("Old plain copies could not be removed from the work folder: \(error)")
        }
    }

    /// The exit status after a run; says what was wrong with the store.
    static func exitStatus(_ summary: RunSummary, _ session: Session) -> ExitStatus {
        if let trouble = summary.storeTrouble {
            session.note("sluice: \(trouble)")
            let status = (trouble as? StoreError)?.exitStatus ?? .store
            // If the store refuses a stage's result, that is the stage's failure.
            return status == .usage ? .stageFailed : status
        }
        return switch summary.outcome {
        case .succeeded: .done
        case .failed: .stageFailed
        case .interrupted: .interrupted
        }
    }
}
