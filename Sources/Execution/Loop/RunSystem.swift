import Clocks
import Dataflow
import Digests
import Dispatch
import Processes
import Synchronization

/// Events from the poller.
enum Wakeup {
    /// The mailbox has a letter.
    case mail
    /// The user pressed Ctrl-C this many times.
    case interrupted(Int)
    /// The attempt of the stage with this index has reported something or has ended.
    case attempt(Int)
}

/// The clock, the poller and the threads of a run loop. Tests have their own, with a virtual clock.
protocol RunSystem: AnyObject, Sendable {
    /// The seconds on a monotonic clock.
    var now: Double { get }

    /// Waits for events or until a time.
    func wait(for attempts: [WatchedAttempt], until time: Double) -> [Wakeup]

    /// Wakes the loop; for other threads, after they have put a letter into its mailbox.
    func wake()

    /// Performs work on another thread, concurrently with other work.
    func perform(_ work: @escaping @Sendable () -> Void)

    /// Performs work on another thread, after all work that was passed here before.
    func performInOrder(_ work: @escaping @Sendable () -> Void)
}

/// An attempt that the loop waits for, and the index of its stage.
struct WatchedAttempt {
    let index: Int
    let process: any AttemptProcess
}

/// The machine's clock, poll(2), and Dispatch.
final class LiveRunSystem: RunSystem {
    private let pipe: Pipe
    private let interrupts: Interrupts?
    private let order = DispatchQueue(label: "sluice.commit")

    init(interrupts: Interrupts?) throws {
        pipe = try Pipe()
        self.interrupts = interrupts
    }

    var now: Double { MonotonicClock.seconds() }

    func wait(for attempts: [WatchedAttempt], until time: Double) -> [Wakeup] {
        var descriptors = [pipe.reading]
        var meanings = [Wakeup.mail]
        if let interrupts {
            descriptors.append(interrupts.descriptor)
            meanings.append(.interrupted(0))
        }
        for attempt in attempts {
            for descriptor in attempt.process.descriptors {
                descriptors.append(descriptor)
                meanings.append(.attempt(attempt.index))
            }
        }
        let milliseconds = time.isFinite ? max(0, Int(((time - now) * 1000).rounded(.up))) : -1
        return Poller.readable(descriptors, milliseconds: milliseconds).map { position in
            switch meanings[position] {
            case .mail: pipe.drain()
            case .interrupted: return .interrupted(interrupts?.take() ?? 0)
            case .attempt: break
            }
            return meanings[position]
        }
    }

    func wake() { pipe.wake() }

    func perform(_ work: @escaping @Sendable () -> Void) { DispatchQueue.global().async(execute: work) }

    func performInOrder(_ work: @escaping @Sendable () -> Void) { order.async(execute: work) }
}

/// Letters from other threads to the loop, in order.
final class Mailbox: Sendable {
    /// The result of another thread's work.
    enum Letter: Sendable {
        /// Handles the captured outputs of an attempt, or the error.
        case captured(CaptureQueue.Outcome)
        /// Results are durable, except those with an error.
        case committed([StageResultAndError])
        /// The attempts of the stages with these indices have news.
        case heard([Int])
        /// The result of the stage with this index from a shared cache; the store has it now.
        case fetched(Trace?, index: Int)
    }

    private let letters = Mutex<[Letter]>([])

    var isEmpty: Bool { letters.withLock { $0.isEmpty } }

    func put(_ letter: Letter) { letters.withLock { $0.append(letter) } }

    /// Removes and returns all letters.
    func takeAll() -> [Letter] {
        letters.withLock { letters in
            defer { letters = [] }
            return letters
        }
    }
}
