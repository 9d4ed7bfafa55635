import Confinement
import Dataflow
import StageKit

/// Where attempts run: this machine, a cluster, or a test's imagination.
///
/// An attempt is started, watched and ended through this protocol and `AttemptProcess` alone. The folder of an attempt
/// is one that the driver sees too: it has made `outputs` and `scratch` in it, and takes the outputs out of it.
protocol Executor: AnyObject {
    /// Starts an attempt.
    ///
    /// - Throws: why it could not be started, as a sentence after "it could not be started: ".
    func start(_ attempt: Attempt) throws -> any AttemptProcess

    /// Gives back what the executor has held for attempts; all have ended.
    func close()
}

/// An attempt that has been started. What a confined attempt has read will be part of its ending.
protocol AttemptProcess: AnyObject {
    /// Descriptors, one of which becomes readable when `take` has something new.
    var descriptors: [Int32] { get }

    /// What the attempt has said since the last call, and how it ended, once it has. Does not wait.
    func take() -> (events: [StageEvent], ending: AttemptEnding?)

    /// The bytes of memory that its processes have now; exact if over the limit. Nil if that is not known.
    func memory(ifOver limit: Int) -> Int?

    /// Asks the attempt to end.
    func terminate()

    /// Ends the attempt and all that it has started.
    func kill()
}

extension AttemptProcess {
    func memory(ifOver limit: Int) -> Int? { nil }
}

/// How an attempt ended.
struct AttemptEnding {
    /// Why it ended.
    enum Cause: Equatable {
        /// Its process ended with this status.
        case status(Int32)
        /// Its process was ended by this signal.
        case signal(Int32)
        /// Something else that makes it a failure, as a sentence.
        case trouble(String)
    }

    let cause: Cause
    /// Processor seconds of the attempt's processes.
    var cpuSeconds = 0.0
    /// The greatest resident memory of a process, in bytes.
    var peakMemory = 0
    /// True if it has left processes behind, which were ended.
    var leftProcesses = false
    /// What was observed of it; nil if nothing was.
    var reads: ObservedReads?
}

/// What became of an attempt.
enum AttemptOutcome {
    /// Its outputs are captured, and are the result.
    case succeeded([String: Artifact])
    /// Its outputs are captured, and another attempt must reproduce them.
    case unverified([String: Artifact])
    /// It failed, and is tried again if its stage allows that.
    case failed(String)
    /// It was ended since the run is to end.
    case canceled(String)
}
