import Confinement
public import Dataflow
import Files
public import Processes

/// Runs the stages of a selection: looks results up, starts attempts and captures their outputs.
///
/// One thread drives a state machine: an event arrives, the phases of some stages change, and the stages that can start
/// do. Only hashing large outputs and committing happen elsewhere. The driver holds names and digests, never contents.
public final class Runner {
    private(set) var selection: Selection
    let store: any ArtifactStoring
    let reporter: any Reporter
    let options: RunOptions
    let executor: any Executor
    let system: any RunSystem
    let resolver: StageResolver
    let finder: ResultFinder
    let mailbox: Mailbox
    let captures: CaptureQueue

    /// Decides what may start, from the graph and the resources.
    var scheduler: SchedulerState
    /// The state of each stage.
    private(set) var runs: [StageRun]
    /// The indices of the stages that need watching, in the order in which they started to.
    private(set) var watched: [Int] = []
    /// The stage of this run that is computing a key or has computed it.
    var computing: [Key: Int] = [:]
    var claimsAhead = ClaimsAhead()
    /// The latest duration of each stage, by its description; nil until a stage has to run.
    var durations: [String: Double]?
    var folders: AttemptFolders
    /// Opened with the first attempt, when its folder exists.
    private(set) lazy var register = options.attemptRegister.flatMap(AttemptRegister.init)
    var commits: CommitQueue?
    /// The attempts that have ended and not been looked at yet: their resources are free already, and used first.
    var unsettled: [(attempt: Attempt, ending: AttemptEnding)] = []
    var reports = ReportQueue()
    /// The first error of the store about a result.
    var storeTrouble: (any Error)?
    /// The number of interrupts from the user.
    var interruptions = 0
    var nextRenewal: Double
    var nextInspection: Double

    /// Makes a runner. `interrupts` delivers Ctrl-C, if anything listens for it.
    public convenience init(
        _ selection: Selection, store: any ArtifactStoring, reporter: any Reporter, options: RunOptions,
        interrupts: Interrupts? = nil
    ) throws {
        let system = try LiveRunSystem(interrupts: interrupts)
        let mailbox = Mailbox()
        let executor = StageExecutor(
            store: store, options: options, pipeline: selection.pipeline.name, reporter: reporter
        ) { indices in
            mailbox.put(.heard(indices))
            system.wake()
        }
        self.init(
            selection, store: store, reporter: reporter, options: options, executor: executor,
            system: system, mailbox: mailbox)
    }

    init(
        _ selection: Selection, store: any ArtifactStoring, reporter: any Reporter, options: RunOptions,
        executor: any Executor, system: any RunSystem, mailbox: Mailbox = Mailbox()
    ) {
        self.mailbox = mailbox
        self.selection = selection
        self.store = store
        self.reporter = reporter
        self.options = options
        self.executor = executor
        self.system = system
        let environment = options.environment
        resolver = StageResolver(store: store) { environment[$0] }
        finder = ResultFinder(
            store: store,
            view: options.confinement.map { confinement in
                confinement.places.fileView(of: store, observes: confinement.support.observesCalls)
            } ?? options.places?.fileView(of: store, observes: false))
        captures = CaptureQueue(
            store: store, system: system, mailbox: mailbox, places: options.confinement?.places)
        folders = AttemptFolders(in: options.attemptsFolder)
        runs = selection.stages.map { StageRun(stage: $0) }
        scheduler = SchedulerState(
            nodes: selection.stages.indices.map { index in
                SchedulerState.Node(
                    dependencies: selection.dependencies[index], resources: selection.stages[index].resources,
                    isRemote: options.isRemote(selection.stages[index]))
            }, capacity: options.capacity, keepsGoing: options.keepsGoing)
        nextRenewal = system.now + Self.renewalInterval
        nextInspection = system.now + options.inspectionInterval
    }

    /// Runs to the end.
    ///
    /// - Throws: the store's error if it cannot be used at all. Failures of stages are in the summary.
    public func run(_ description: RunDescription) throws -> RunSummary {
        let started = system.now
        let run = try store.runs.begin(description)
        commits = CommitQueue(store: store, run: run, system: system, mailbox: mailbox)
        reporter.report(.runStarted(pipeline: selection.pipeline.name, stages: runs.count))
        do {
            while !scheduler.isFinished {
                try lookUpAll()
                while let action = scheduler.next() { try perform(action) }
                if unsettled.isEmpty {
                    if !scheduler.isFinished { try wait() }
                } else {
                    settleAttempts()
                }
            }
        } catch {
            abandon()
            try? store.runs.end(run, outcome: .failed)
            throw error
        }
        releaseClaimsAhead()
        finishCommits()
        endUnstarted()
        finishCommits()
        let published = try publish()
        folders.removeSpare()
        executor.close()
        let outcome = outcome
        try store.runs.end(run, outcome: outcome)
        let seconds = system.now - started
        reporter.report(.runFinished(outcome, seconds: seconds))
        return RunSummary(
            run: run, outcome: outcome, results: selection.order.compactMap { runs[$0].result },
            published: published,
            storeTrouble: storeTrouble, seconds: seconds)
    }

    /// How the run ends, as far as is known.
    var outcome: RunOutcome {
        if interruptions > 0 { return .interrupted }
        let failed = runs.contains { $0.result?.disposition == .failed }
        return failed || storeTrouble != nil ? .failed : .succeeded
    }

    private func perform(_ action: SchedulerState.Action) throws {
        switch action {
        case .resolve(let index): try lookUp(index)
        case .start(let index): try start(index)
        }
    }

    /// Moves a stage to another phase.
    func move(_ index: Int, to phase: StageRun.Phase) {
        let wasWatched = runs[index].isWatched
        runs[index].phase = phase
        let isWatched = runs[index].isWatched
        if isWatched && !wasWatched { watched.append(index) }
        if wasWatched && !isWatched { watched.removeAll { $0 == index } }
    }

    /// Makes an extended selection the run's. Stages that are not resolved yet may read from others now.
    func extend(to extended: Selection) {
        selection = extended
        for index in runs.indices {
            if case .resolving = runs[index].phase { runs[index].stage = extended.stages[index] }
        }
        runs += extended.stages[runs.count...].map { StageRun(stage: $0) }
    }

    private func wait() throws {
        takeIn(until: nextTimer)
        try handleTimers()
    }

    /// Waits for an event or until a time, and handles what happened.
    private func takeIn(until time: Double) {
        if mailbox.isEmpty {
            let attempts = watched.compactMap { index in
                runs[index].attempt?.process.map { WatchedAttempt(index: index, process: $0) }
            }
            for wakeup in system.wait(for: attempts, until: time) {
                switch wakeup {
                case .mail: break
                case .interrupted(let times): for _ in 0..<times { interrupt() }
                case .attempt(let index): hear(index)
                }
            }
        }
        readMail()
    }

    /// Handles the results of other threads.
    func readMail() {
        for letter in mailbox.takeAll() {
            switch letter {
            case .captured(let outcome): captured(outcome)
            case .committed(let results): committed(results)
            case .heard(let indices): for index in indices { hear(index) }
            case .fetched(let trace, let index): fetched(trace, for: index)
            }
        }
    }

    /// Commits all results and waits until they are durable.
    func finishCommits() {
        commits?.send()
        while commits?.isIdle == false {
            if mailbox.isEmpty { _ = system.wait(for: [], until: .infinity) }
            readMail()
        }
    }

    /// Kills all attempts: the run cannot continue.
    private func abandon() {
        scheduler.stop()
        settleAttempts()
        for index in watched { cancelAttempt(of: index) }
        while watched.contains(where: { runs[$0].attempt != nil }) { takeIn(until: .infinity) }
        releaseClaimsAhead()
        finishCommits()
        folders.removeSpare()
        executor.close()
    }
}

@available(*, unavailable)
extension Runner: Sendable {}
