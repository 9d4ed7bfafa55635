import Clocks
import Dispatch
import Processes
import Synchronization

/// What the poller says.
enum Wakeup {
    /// Something has arrived in the mailbox.
    case mail
    /// The user wishes to stop, and has said so this many times.
    case interrupted(Int)
    /// The attempt of the stage at this place has said something, or has ended.
    case attempt(Int)
}

/// The clock, the poller and the threads that a run loop uses. Tests have their own, with a clock that jumps.
protocol RunSystem: AnyObject, Sendable {
    /// Seconds on a clock that never goes back.
    var now: Double { get }

    /// Waits until something happens, or the time has come.
    func wait(for attempts: [WatchedAttempt], until time: Double) -> [Wakeup]

    /// Ends the loop's wait; for other threads, after they have put something into its mailbox.
    func wake()

    /// Does work on another thread, beside other work.
    func perform(_ work: @escaping @Sendable () -> Void)

    /// Does work on another thread, after all work that was given here before.
    func performInOrder(_ work: @escaping @Sendable () -> Void)
}

/// An attempt that the loop waits for, and the place of its stage.
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

/// What other threads have done for the loop, in the order in which they did it.
final class Mailbox: Sendable {
    /// Something that was done.
    enum Letter: Sendable {
        /// An attempt's outputs have names, or cannot have them.
        case captured(CaptureQueue.Outcome)
        /// Results are durable, but for those with an error.
        case committed([StageResultAndError])
    }

    private let letters = Mutex<[Letter]>([])

    var isEmpty: Bool { letters.withLock { $0.isEmpty } }

    func put(_ letter: Letter) { letters.withLock { $0.append(letter) } }

    /// All letters; they are gone afterwards.
    func takeAll() -> [Letter] {
        letters.withLock { letters in
            defer { letters = [] }
            return letters
        }
    }
}
