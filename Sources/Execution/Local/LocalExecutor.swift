import Clocks
import Dataflow
import Files
import Processes
import StageKit

/// Runs attempts on this machine, each as a process of its own.
final class LocalExecutor: Executor {
    private let preparation: AttemptPreparation
    private let options: RunOptions
    /// What marks this run's processes.
    private let token: String
    /// Started with the first attempt.
    private var guardian: Guardian?

    init(store: any ArtifactStoring, options: RunOptions) {
        self.options = options
        preparation = AttemptPreparation(store: store, options: options)
        token = "\(options.attemptsFolder.lastComponent)-\(MonotonicClock.seconds())"
    }

    func start(_ attempt: Attempt) throws -> any AttemptProcess {
        if guardian == nil { guardian = try Guardian(executable: options.workerExecutable, token: token) }
        var launch = try preparation.prepare(attempt)
        launch.environment[Guardian.tokenVariable] = token
        // At the end, wherever that is: the run adds lines too, and may cut the log short.
        let output = try File(attempt.log, .appending)
        let events = launch.reportsEvents ? try EventReader() : nil
        let process = try ChildProcess(
            ChildProcess.Specification(
                executable: launch.executable, arguments: launch.arguments, environment: launch.environment,
                output: output.descriptor, events: events?.writing))
        events?.closeWriting()
        return LocalProcess(process, events: events)
    }

    func close() { guardian?.dismiss() }
}

/// An attempt's process on this machine.
private final class LocalProcess: AttemptProcess {
    private let process: ChildProcess
    private let events: EventReader?

    init(_ process: ChildProcess, events: EventReader?) {
        self.process = process
        self.events = events
    }

    var descriptors: [Int32] { [process.descriptor] + (events.map { [$0.reading] } ?? []) }

    func take() -> (events: [StageEvent], ending: AttemptEnding?) {
        let hasEnded = process.hasEnded
        var taken: [StageEvent] = []
        if let events {
            // Of a process that is gone, what is in the pipe is all there is, and a pipe holds 64 KiB at most.
            for _ in 0..<(hasEnded ? 32 : 1) {
                let (batch, isAtEnd) = events.take()
                taken += batch
                if isAtEnd || batch.isEmpty { break }
            }
        }
        guard hasEnded else { return (taken, nil) }
        let ending = process.reap()
        return (
            taken,
            AttemptEnding(
                cause: ending.signal.map { .signal($0) } ?? .status(ending.status ?? -1),
                cpuSeconds: ending.cpuSeconds, peakMemory: ending.peakMemory)
        )
    }

    func terminate() { process.terminate() }

    func kill() { process.kill() }
}
