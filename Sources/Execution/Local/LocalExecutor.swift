import Clocks
import Dataflow
import Files
import Processes
import StageKit

/// Runs attempts on this machine, each as a process under a supervisor, which ends all of it.
final class LocalExecutor: Executor {
    private let preparation: AttemptPreparation
    /// The supervisors that have no attempt.
    private var idle: [Supervisor] = []

    init(store: any ArtifactStoring, options: RunOptions) {
        preparation = AttemptPreparation(store: store, options: options)
    }

    func start(_ attempt: Attempt) throws -> any AttemptProcess {
        let launch = try preparation.prepare(attempt)
        // At the end, wherever that is: the run adds lines too, and may cut the log short.
        let output = try File(attempt.log, .appending)
        let events = launch.reportsEvents ? try EventReader() : nil
        let supervisor = try supervisor(
            starting: ChildProcess.Specification(
                executable: launch.executable, arguments: launch.arguments, environment: launch.environment,
                output: output.descriptor, events: events?.writing))
        events?.closeWriting()
        return LocalProcess(supervisor, events: events, executor: self)
    }

    private func supervisor(starting program: ChildProcess.Specification) throws -> Supervisor {
        if let supervisor = idle.popLast() {
            // Somebody may have killed one that had nothing to do.
            if (try? supervisor.start(program)) != nil { return supervisor }
        }
        let supervisor = try Supervisor()
        try supervisor.start(program)
        return supervisor
    }

    /// Takes back the supervisor of an attempt of which nothing is left.
    fileprivate func giveBack(_ supervisor: Supervisor) { idle.append(supervisor) }

    func close() { idle = [] }
}

/// An attempt's process on this machine.
private final class LocalProcess: AttemptProcess {
    private let supervisor: Supervisor
    private let events: EventReader?
    private let executor: LocalExecutor

    init(_ supervisor: Supervisor, events: EventReader?, executor: LocalExecutor) {
        self.supervisor = supervisor
        self.events = events
        self.executor = executor
    }

    var descriptors: [Int32] { [supervisor.descriptor] + (events.map { [$0.reading] } ?? []) }

    func take() -> (events: [StageEvent], ending: AttemptEnding?) {
        let ending = supervisor.takeEnding()
        var taken: [StageEvent] = []
        if let events {
            // Of a process that is gone, what is in the pipe is all there is, and a pipe holds 64 KiB at most.
            for _ in 0..<(ending != nil ? 32 : 1) {
                let (batch, isAtEnd) = events.take()
                taken += batch
                if isAtEnd || batch.isEmpty { break }
            }
        }
        return (taken, ending.map(attemptEnding))
    }

    private func attemptEnding(_ ending: Supervisor.Ending) -> AttemptEnding {
        switch ending {
        case .ended(let process, let leftProcesses):
            executor.giveBack(supervisor)
            return AttemptEnding(
                cause: process.signal.map { .signal($0) } ?? .status(process.status ?? -1),
                cpuSeconds: process.cpuSeconds, peakMemory: process.peakMemory, leftProcesses: leftProcesses)
        case .unending(let process):
            return AttemptEnding(
                cause: .trouble("some of its processes could not be ended"),
                cpuSeconds: process.cpuSeconds, peakMemory: process.peakMemory)
        case .notStarted(let error):
            executor.giveBack(supervisor)
            return AttemptEnding(cause: .trouble("it could not be started: \(error)"))
        case .lost:
            Supervisor.endOrphans()
            return AttemptEnding(cause: .trouble("the process that supervises it was killed"))
        }
    }

    func terminate() { supervisor.terminate() }

    func kill() { supervisor.kill() }
}
