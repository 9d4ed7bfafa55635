import Confinement
public import Dataflow
import Files
public import Processes

/// Runs the stages of a selection: looks results up, starts attempts, captures what they make.
///
/// One thread does it all, as a machine: something happens, the phases of some stages change, and what can be started
/// is. Only hashing large outputs and committing happen elsewhere. The driver holds names and digests, never contents.
public final class Runner {
    let selection: Selection
    let store: any ArtifactStoring
    let reporter: any Reporter
    let options: RunOptions
    let executor: any Executor
    let system: any RunSystem
    let resolver: StageResolver
    let finder: ResultFinder
    let mailbox = Mailbox()
    let captures: CaptureQueue

    /// What may start: the graph and the resources.
    var scheduler: SchedulerState
    /// What became of each stage so far; all else that is known of one is in its phase.
    private(set) var runs: [StageRun]
    /// The places of the stages that `isWatched`, in the order in which they came to be.
    private(set) var watched: [Int] = []
    /// The stage of this run that computes a key, or has computed it.
    var computing: [Key: Int] = [:]
    var claimsAhead = ClaimsAhead()
    /// What each stage took the last time, by the id's description; nil as long as none has to run.
    var durations: [String: Double]?
    var folders: AttemptFolders
    var commits: CommitQueue?
    var reports = ReportQueue()
    /// The first trouble with the store that a result had.
    var storeTrouble: (any Error)?
    /// How often the user has wished to stop.
    var interruptions = 0
    var nextRenewal: Double
    var nextInspection: Double

    /// A runner of stages on a store. `interrupts` are the user's wishes to stop, if anyone listens for them.
    public convenience init(
        _ selection: Selection, store: any ArtifactStoring, reporter: any Reporter, options: RunOptions,
        interrupts: Interrupts? = nil
    ) throws {
        self.init(
            selection, store: store, reporter: reporter, options: options,
            executor: try LocalExecutor(store: store, options: options),
            system: try LiveRunSystem(interrupts: interrupts))
    }

    init(
        _ selection: Selection, store: any ArtifactStoring, reporter: any Reporter, options: RunOptions,
        executor: any Executor, system: any RunSystem
    ) {
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
            sight: options.confinement.map { confinement in
                confinement.places.sight(of: store, observes: confinement.support.observesCalls)
            } ?? options.places?.sight(of: store, observes: false))
        captures = CaptureQueue(
            store: store, system: system, mailbox: mailbox, places: options.confinement?.places)
        folders = AttemptFolders(in: options.attemptsFolder)
        runs = selection.stages.map { StageRun(stage: $0) }
        scheduler = SchedulerState(
            nodes: selection.stages.indices.map { index in
                SchedulerState.Node(
                    dependencies: selection.dependencies[index], resources: selection.stages[index].resources)
            }, capacity: options.capacity, keepsGoing: options.keepsGoing)
        nextRenewal = system.now + Self.renewalInterval
        nextInspection = system.now + options.inspectionInterval
    }

    /// Runs to the end.
    ///
    /// - Throws: what the store throws if it cannot be used at all; a stage's failure is in the summary.
    public func run(_ description: RunDescription) throws -> RunSummary {
        let started = system.now
        let run = try store.beginRun(description)
        commits = CommitQueue(store: store, run: run, system: system, mailbox: mailbox)
        reporter.report(.runStarted(pipeline: selection.pipeline.name, stages: runs.count))
        do {
            while !scheduler.isFinished {
                try lookUpAll()
                while let action = scheduler.next() { try perform(action) }
                if !scheduler.isFinished { try wait() }
            }
        } catch {
            abandon()
            try? store.endRun(run, outcome: .failed)
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
        try store.endRun(run, outcome: outcome)
        let seconds = system.now - started
        reporter.report(.runFinished(outcome, seconds: seconds))
        return RunSummary(
            run: run, outcome: outcome, results: runs.compactMap(\.result), published: published,
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

    private func wait() throws {
        takeIn(until: nextTimer)
        try handleTimers()
    }

    /// Waits until something happens or the time has come, and takes it in.
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

    /// Takes in what other threads have done.
    func readMail() {
        for letter in mailbox.takeAll() {
            switch letter {
            case .captured(let outcome): captured(outcome)
            case .committed(let results): committed(results)
            }
        }
    }

    /// Gives all results to the store, and waits until they are durable.
    func finishCommits() {
        commits?.send()
        while commits?.isIdle == false {
            if mailbox.isEmpty { _ = system.wait(for: [], until: .infinity) }
            readMail()
        }
    }

    /// Ends all attempts at once: the run cannot go on.
    private func abandon() {
        scheduler.stop()
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
