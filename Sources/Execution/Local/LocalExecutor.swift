import Clocks
import Confinement
import Dataflow
import Files
import Processes
import StageKit

/// Runs attempts on this machine, each under a supervisor that ends all of its processes.
final class LocalExecutor: Executor {
    private let preparation: AttemptPreparation
    private var processors: GraphicsProcessors
    /// Nil if stages are not confined.
    private let confinement: RunConfinement?
    /// The idle supervisors.
    private var idle: [SupervisedSlot] = []

    init(store: any ArtifactStoring, options: RunOptions) {
        processors = GraphicsProcessors(GraphicsProcessors.names(environment: options.environment))
        preparation = AttemptPreparation(store: store, options: options)
        confinement = options.confinement.map { RunConfinement(places: $0.places, support: $0.support) }
    }

    func start(_ attempt: Attempt) throws -> any AttemptProcess {
        let taken = processors.take(attempt.stage.resources.gpus)
        do {
            return try start(attempt, on: taken)
        } catch {
            processors.give(taken)
            throw error
        }
    }

    /// Starts an attempt on the given GPUs.
    private func start(_ attempt: Attempt, on taken: [String]) throws -> LocalProcess {
        var launch = try preparation.prepare(attempt)
        if attempt.stage.resources.gpus > 0 {
            launch.environment[GraphicsProcessors.variable] = taken.joined(separator: ",")
        }
        attempt.launch = launch
        // In append mode: the run adds lines, too, and may shorten the log.
        let output = try File(attempt.log, .appending)
        let scrubbed = try attempt.scrubber.map { try ScrubbedLog($0, to: attempt.log) }
        let events = launch.reportsEvents ? try EventReader() : nil
        let confined = try confine(attempt)
        let slot = try slot(
            starting: ChildProcess.Specification(
                executable: launch.executable, arguments: launch.arguments, environment: launch.environment,
                output: scrubbed?.writing ?? output.descriptor, events: events?.writing), confined)
        // The ruleset is closed with its last reference.
        withExtendedLifetime(confined) {}
        events?.closeWriting()
        scrubbed?.closeWriting()
        return LocalProcess(slot, events: events, log: scrubbed, executor: self, processors: taken)
    }

    private func confine(_ attempt: Attempt) throws -> AttemptConfinement? {
        guard let confinement, attempt.stage.permissions.isConfined else {
            attempt.confinement = .unconfined
            return nil
        }
        attempt.confinement = confinement.support.notice == nil ? .confined : .partly
        return try confinement.confine(attempt)
    }

    private func slot(starting program: ChildProcess.Specification, _ confined: AttemptConfinement?) throws
        -> SupervisedSlot
    {
        let calls = confined?.calls
        if let index = idle.lastIndex(where: { $0.calls == calls }) {
            let slot = idle.remove(at: index)
            // An idle supervisor may have been killed.
            if (try? slot.start(program, confined)) != nil { return slot }
        }
        let slot = SupervisedSlot(
            supervisor: try Supervisor(), calls: calls,
            watch: confined?.rules == nil ? nil : try confinement?.observer?.watch())
        try slot.start(program, confined)
        return slot
    }

    /// Takes back the supervisor of an attempt whose processes have all ended.
    fileprivate func release(_ slot: SupervisedSlot) { idle.append(slot) }

    /// Takes back the GPUs of an attempt that has ended.
    fileprivate func release(_ names: [String]) { processors.give(names) }

    func close() { idle = [] }
}

/// A supervisor, with what all programs that it runs have in common: one filter of system calls, which is installed once.
private struct SupervisedSlot {
    let supervisor: Supervisor
    /// The calls that its programs may make; nil if they are not confined.
    let calls: ProcessRestriction.Calls?
    /// Nil if its programs are not observed.
    let watch: Watch?

    /// Starts the program of an attempt.
    func start(_ program: ChildProcess.Specification, _ confined: AttemptConfinement?) throws {
        if let rules = confined?.rules { watch?.begin(rules) }
        var program = program
        program.restriction = confined?.restriction(listener: watch?.listener)
        try supervisor.start(program)
    }
}

/// An attempt's process on this machine.
private final class LocalProcess: AttemptProcess {
    private let slot: SupervisedSlot
    private let events: EventReader?
    private let log: ScrubbedLog?
    private let executor: LocalExecutor
    /// The GPUs that the attempt reserves.
    private let processors: [String]

    init(
        _ slot: SupervisedSlot, events: EventReader?, log: ScrubbedLog?, executor: LocalExecutor,
        processors: [String]
    ) {
        self.log = log
        self.slot = slot
        self.events = events
        self.executor = executor
        self.processors = processors
    }

    var descriptors: [Int32] {
        [slot.supervisor.descriptor] + (events.map { [$0.reading] } ?? []) + [log?.reading].compactMap { $0 }
    }

    func take() -> (events: [StageEvent], ending: AttemptEnding?) {
        let ending = slot.supervisor.takeEnding()
        log?.take(isEnd: ending != nil)
        var taken: [StageEvent] = []
        if let events {
            // After a process has ended, only the pipe's content is left, which is at most 64 KiB.
            for _ in 0..<(ending != nil ? 32 : 1) {
                let (batch, isAtEnd) = events.take()
                taken += batch
                if isAtEnd || batch.isEmpty { break }
            }
        }
        return (taken, ending.map(attemptEnding))
    }

    private func attemptEnding(_ ending: Supervisor.Ending) -> AttemptEnding {
        executor.release(processors)
        switch ending {
        case .ended(let process, let leftProcesses):
            let reads = slot.watch?.end()
            executor.release(slot)
            return AttemptEnding(
                cause: process.signal.map { .signal($0) } ?? .status(process.status ?? -1),
                cpuSeconds: process.cpuSeconds, peakMemory: process.peakMemory, leftProcesses: leftProcesses,
                reads: reads)
        case .unending(let process):
            return AttemptEnding(
                cause: .trouble("some of its processes could not be ended"),
                cpuSeconds: process.cpuSeconds, peakMemory: process.peakMemory)
        case .notStarted(let error):
            // Its filter may be partly installed.
            if slot.calls == nil { executor.release(slot) }
            return AttemptEnding(cause: .trouble("it could not be started: \(error)"))
        case .lost:
            Supervisor.endOrphans()
            return AttemptEnding(cause: .trouble("the process that supervises it was killed"))
        }
    }

    func memory(ifOver limit: Int) -> Int? { slot.supervisor.memory(ifOver: limit) }

    func terminate() { slot.supervisor.terminate() }

    func kill() { slot.supervisor.kill() }
}
