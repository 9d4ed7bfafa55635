import Confinement
import Dataflow
import StageKit

/// Runs attempts: on this machine, on a cluster, or virtually in a test.
///
/// An attempt is started, watched and ended only through this protocol and `AttemptProcess`. The driver can access the
/// attempt's folder too: it has created `outputs` and `scratch` in it and moves the outputs out of it.
protocol Executor: AnyObject {
    /// Starts an attempt.
    ///
    /// - Throws: an error whose description completes "it could not be started: ".
    func start(_ attempt: Attempt) throws -> any AttemptProcess

    /// Releases the executor's resources, after all attempts have ended.
    func close()
}

/// An attempt that has been started.
protocol AttemptProcess: AnyObject {
    /// Descriptors, at least one of which is readable when `take` has news.
    var descriptors: [Int32] { get }

    /// The attempt's events since the last call, and how it ended if it has. Does not wait.
    func take() -> (events: [StageEvent], ending: AttemptEnding?)

    /// The bytes of memory that its processes have now; exact if over the limit. Nil if that is not known.
    func memory(ifOver limit: Int) -> Int?

    /// True as long as it waits for another machine.
    var isWaiting: Bool { get }

    /// Asks the attempt to end, with SIGTERM.
    func terminate()

    /// Kills the attempt and every process that it has started.
    func kill()
}

extension AttemptProcess {
    func memory(ifOver limit: Int) -> Int? { nil }

    /// True as long as it waits for another machine.
    var isWaiting: Bool { false }
}

/// How an attempt ended.
struct AttemptEnding: Sendable {
    /// Why it ended.
    enum Cause: Equatable, Sendable {
        /// Its process ended with this status.
        case status(Int32)
        /// Its process was ended by this signal.
        case signal(Int32)
        /// Another reason for failure, as a sentence.
        case trouble(String)
        /// Its machine failed or was taken away, as the sentence says: it is started again.
        case lost(String)
    }

    let cause: Cause
    /// Processor seconds of the attempt's processes.
    var cpuSeconds = 0.0
    /// The peak resident memory of a process, in bytes.
    var peakMemory = 0
    /// True if it left processes running, which were killed.
    var leftProcesses = false
    /// What was observed; nil if nothing was.
    var reads: ObservedReads?
    /// The report from the other machine, if it ran on one.
    var report: RemoteReport?
}

/// The outcome of an attempt.
enum AttemptOutcome {
    /// Its captured outputs are the result.
    case succeeded([String: Artifact])
    /// Another attempt must reproduce its captured outputs.
    case unverified([String: Artifact])
    /// It failed and is retried if its stage allows that.
    case failed(String)
    /// It was lost, but not because of its stage.
    case lost(String)
    /// It was ended because the run is ending.
    case canceled(String)
}
