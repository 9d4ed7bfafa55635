public import Dataflow
import Digests
import Files
public import Processes
import StageSchemas

/// Runs a pipeline: walks the graph, looks results up, starts processes, captures what they make.
///
/// One thread does it all, woken by descriptors; only hashing large outputs and committing happen elsewhere. The driver
/// holds names and digests, never contents.
public final class Runner {
    let pipeline: Pipeline
    let store: any ArtifactStoring
    let reporter: any Reporter
    let options: RunOptions
    let interrupts: Interrupts?
    let selection: Selection
    let resolver: StageResolver
    let wake: Pipe
    let captures = CaptureQueue()
    let token: String

    var state: SchedulerState
    var pending: [Int: PendingStage] = [:]
    var attempts: [Int: Attempt] = [:]
    var retries: [Int: (time: Double, number: Int)] = [:]
    var waits: [Int: (time: Double, pause: Double)] = [:]
    /// The stage of this run that computes a key, or has computed it.
    private var computing: [Key: Int] = [:]
    var claimsAhead = ClaimsAhead()
    /// The stages that wait for another of this run with their key.
    var sharers: [Int: [Int]] = [:]
    var traces: [Trace?]
    var results: [StageResult?]
    /// What each stage took the last time, by the id's description; nil as long as none has to run.
    var durations: [String: Double]?
    var folders: AttemptFolders
    var guardian: Guardian?
    var committer: Committer?
    var storeTrouble: (any Error)?
    var interruptions = 0
    var nextRenewal: Double
    var nextInspection: Double

    /// A stage whose key is known and whose result is not.
    struct PendingStage {
        let key: Key
        let material: KeyMaterial
        let reasons: [Staleness]
        /// The outputs that another attempt must reproduce, when verifying.
        var expected: [String: Artifact]?
        var claims = true
    }

    /// A runner of a pipeline on a store. `interrupts` are the user's wishes to stop, if anyone listens for them.
    public init(
        pipeline: Pipeline, store: any ArtifactStoring, reporter: any Reporter, options: RunOptions,
        interrupts: Interrupts? = nil
    ) throws {
        self.pipeline = pipeline
        self.store = store
        self.reporter = reporter
        self.options = options
        self.interrupts = interrupts
        selection = Selection(of: pipeline, targets: options.targets, onlyTargets: options.onlyTargets)
        let environment = options.environment
        resolver = StageResolver(store: store) { environment[$0] }
        folders = AttemptFolders(in: options.attemptsFolder)
        wake = try Pipe()
        token = "\(options.attemptsFolder.lastComponent)-\(MonotonicClock.seconds())"
        traces = Array(repeating: nil, count: selection.stages.count)
        results = Array(repeating: nil, count: selection.stages.count)
        state = SchedulerState(nodes: [], capacity: options.capacity)
        nextRenewal = MonotonicClock.seconds() + 20
        nextInspection = MonotonicClock.seconds() + options.inspectionInterval
    }

    /// Runs to the end.
    ///
    /// - Throws: what the store throws where it cannot be used at all; a stage's failure is in the summary.
    public func run(_ description: RunDescription) throws -> RunSummary {
        let started = MonotonicClock.seconds()
        state = SchedulerState(
            nodes: selection.stages.indices.map { index in
                SchedulerState.Node(
                    dependencies: selection.dependencies[index], resources: selection.stages[index].resources)
            }, capacity: options.capacity, keepsGoing: options.keepsGoing)
        let run = try store.beginRun(description)
        let committer = Committer(store: store, run: run, wake: wake)
        self.committer = committer
        reporter.report(.runStarted(pipeline: pipeline.name, stages: selection.stages.count))
        do {
            while !state.isFinished {
                try resolveAll()
                while let action = state.next() { try perform(action) }
                if !state.isFinished { try wait() }
            }
        } catch {
            abandon()
            committer.finish()
            try? store.endRun(run, outcome: .failed)
            throw error
        }
        releaseClaimsAhead()
        committer.finish()
        collectCommitFailures()
        recordUnrun(committer)
        committer.finish()
        collectCommitFailures()
        let published = try publish()
        folders.removeSpare()
        guardian?.dismiss()
        let outcome = outcome
        try store.endRun(run, outcome: outcome)
        let seconds = MonotonicClock.seconds() - started
        reporter.report(.runFinished(outcome, seconds: seconds))
        return RunSummary(
            run: run, outcome: outcome, results: results.compactMap { $0 }, published: published,
            storeTrouble: storeTrouble, seconds: seconds)
    }

    private var outcome: RunOutcome {
        if interruptions > 0 { return .interrupted }
        let failed = results.contains { $0?.disposition == .failed }
        return failed || storeTrouble != nil ? .failed : .succeeded
    }

    /// Looks up all that can be looked up, in one go.
    private func resolveAll() throws {
        guard let first = state.nextToResolve() else { return }
        try store.lookingUp {
            try resolve(first)
            while let index = state.nextToResolve() { try resolve(index) }
        }
    }

    private func perform(_ action: SchedulerState.Action) throws {
        switch action {
        case .resolve(let index): try resolve(index)
        case .start(let index): try start(index)
        }
    }

    private func resolve(_ index: Int) throws {
        let stage = selection.stages[index]
        let material: KeyMaterial
        do {
            let known = try resolver.material(for: stage) { reference in
                selection.index(of: reference.stage).flatMap { traces[$0]?.outputs[reference.output]?.digest }
            }
            guard let known else {
                return fail(index, key: nil, reasons: [], "an input is not what its stage declares")
            }
            material = known
        } catch {
            return fail(index, key: nil, reasons: [], "\(error)")
        }
        let key = Key(material)
        let isForced = options.forced.contains(stage.id)
        let found = try isForced && !options.verifies ? nil : store.trace(for: key, of: material)
        if let found, !isForced, !(options.verifies && !selection.isLookupOnly[index]) {
            return hit(index, key, found)
        }
        if selection.isLookupOnly[index] {
            return fail(
                index, key: key, reasons: [],
                "its result is not in the store, and only the named stages were to run; run it too")
        }
        let reasons: [Staleness] =
            if isForced || found != nil {
                [.forced]
            } else {
                try store.reasons(stage: stage.id, pipeline: pipeline.name, key, material)
            }
        pending[index] = PendingStage(
            key: key, material: material, reasons: reasons, expected: found?.outputs,
            claims: !isForced && found == nil)
        if durations == nil {
            let durations = try store.latestDurations(inPipeline: pipeline.name)
            self.durations = durations
            state.expect(durations: selection.stages.map { durations[$0.id.description] ?? 1 })
        }
        state.missed(index)
    }

    func hit(_ index: Int, _ key: Key, _ trace: Trace) {
        let stage = selection.stages[index]
        traces[index] = trace
        let result = StageResult(
            stage: stage.id, kind: stage.work.kindName, key: key, disposition: .cached, trace: trace)
        finish(index, result, .done)
    }

    private func start(_ index: Int) throws {
        guard let stage = pending[index] else { preconditionFailure("only a resolved stage starts") }
        if stage.claims {
            if let owner = computing[stage.key], owner != index {
                if let trace = traces[owner] { return hit(index, stage.key, trace) }
                if attempts[owner] != nil || retries[owner] != nil {
                    sharers[owner, default: []].append(index)
                    return state.deferred(index)
                }
            }
            switch try claim(stage.key) {
            case .granted: computing[stage.key] = index
            case .computed(let trace):
                waits[index] = nil
                return hit(index, stage.key, trace)
            case .heldBy(let holder):
                let now = MonotonicClock.seconds()
                if waits[index] == nil {
                    reporter.report(.waiting(selection.stages[index].id, holder: holder))
                }
                let pause = min(0.1, (waits[index]?.pause ?? 0.0025) * 2)
                waits[index] = (now + pause, pause)
                return state.deferred(index)
            }
        }
        waits[index] = nil
        startAttempt(index, number: 1)
    }

    /// Claims a key, and those that are likely to be next.
    private func claim(_ key: Key) throws -> Claim {
        if claimsAhead.take(key) { return .granted }
        var keys = [key]
        let now = MonotonicClock.seconds()
        for index in state.upcoming(claimsAhead.reach(now: now)) {
            guard let next = pending[index], next.claims, computing[next.key] == nil, !keys.contains(next.key)
            else { continue }
            keys.append(next.key)
        }
        let claims = try store.claim(keys)
        for (position, claim) in claims.enumerated() {
            guard case .granted = claim else {
                claimsAhead.meet(now: now)
                continue
            }
            if position > 0 { claimsAhead.add(keys[position]) }
        }
        return claims[0]
    }

    private func wait() throws {
        var descriptors = [wake.reading]
        var owners: [Int] = [-1]
        if let interrupts {
            descriptors.append(interrupts.descriptor)
            owners.append(-2)
        }
        for (index, attempt) in attempts {
            guard let process = attempt.process else { continue }
            descriptors.append(process.descriptor)
            owners.append(index)
            if let events = attempt.events {
                descriptors.append(events.reading)
                owners.append(-3 - index)
            }
        }
        for position in Poller.readable(descriptors, milliseconds: millisecondsToNextTimer()) {
            switch owners[position] {
            case -1: wake.drain()
            case -2: interrupt(times: interrupts?.take() ?? 0)
            case let index where index >= 0: ended(index)
            case let index: readEvents(-3 - index)
            }
        }
        for capture in captures.take() { captured(capture) }
        collectCommitFailures()
        try handleTimers()
    }
}

@available(*, unavailable)
extension Runner: Sendable {}
