import Dataflow
import Files
import StageKit
import TestSupport

@testable import Execution

/// What an attempt does, without a process.
struct Play {
    var seconds = 1.0
    /// What it writes to its folder as it starts, by path: `outputs/…`, `scratch/…` or `log`.
    var files: [String: String] = [:]
    /// What it writes to its only output as it ends; nil for nothing.
    var output: String? = "result"
    /// What it says, and when, in seconds from its start.
    var events: [(after: Double, event: StageEvent)] = []
    var cause = AttemptEnding.Cause.status(0)
    /// How many seconds it takes to end when asked to; nil if it has to be killed.
    var obeysAfter: Double? = 0
    /// Why it cannot be started.
    var refusal: String?
    /// True if it waits for another machine all the time.
    var isWaiting = false
}

/// A machine on which nothing is real but the files: attempts are played, and the clock jumps to what comes next.
///
/// One thread uses it: the loop's.
final class VirtualSystem: RunSystem, Executor, @unchecked Sendable {
    /// An attempt that was started.
    struct Start: Equatable {
        let stage: String
        let time: Double
    }

    private(set) var now = 0.0
    /// The attempts of each stage, in order; the last is played again and again. Other stages play `Play()`.
    var plays: [String: [Play]] = [:]
    /// When the user presses Ctrl-C.
    var interrupts: [Double] = []
    /// How long work on other threads takes.
    var captureSeconds = 0.0
    var commitSeconds = 0.0
    private(set) var starts: [Start] = []
    /// Signals that attempts were sent, as "12.0 terminate a".
    fileprivate(set) var signals: [String] = []
    private(set) var isClosed = false
    private var happenings: [(time: Double, action: () -> Void)] = []
    private var refusals: Int = 0

    /// Does something at a time.
    func at(_ time: Double, _ action: @escaping () -> Void) {
        let place = happenings.firstIndex { $0.time > time } ?? happenings.endIndex
        happenings.insert((time, action), at: place)
    }

    func wait(for attempts: [WatchedAttempt], until time: Double) -> [Wakeup] {
        let processes = attempts.map { (index: $0.index, process: $0.process as? PlayedProcess) }
        var next = time
        for item in processes { next = min(next, item.process?.nextMoment ?? .infinity) }
        if let first = interrupts.first { next = min(next, first) }
        if let first = happenings.first { next = min(next, first.time) }
        precondition(next.isFinite, "the loop waits for what will never come")
        now = max(now, next)
        while let first = happenings.first, first.time <= now {
            happenings.removeFirst()
            first.action()
        }
        var wakeups: [Wakeup] = []
        let count = interrupts.prefix { $0 <= now }.count
        if count > 0 { wakeups.append(.interrupted(count)) }
        interrupts.removeFirst(count)
        for item in processes where item.process.map({ $0.nextMoment <= now }) ?? false {
            wakeups.append(.attempt(item.index))
        }
        return wakeups
    }

    func wake() {}

    func perform(_ work: @escaping @Sendable () -> Void) { later(captureSeconds, work) }

    func performInOrder(_ work: @escaping @Sendable () -> Void) { later(commitSeconds, work) }

    private func later(_ seconds: Double, _ work: @escaping @Sendable () -> Void) {
        if seconds == 0 { work() } else { at(now + seconds, work) }
    }

    func start(_ attempt: Attempt) throws -> any AttemptProcess {
        let name = attempt.stage.id.description
        let list = plays[name] ?? [Play()]
        let count = starts.count { $0.stage == name }
        starts.append(Start(stage: name, time: now))
        let play = list[min(count, list.count - 1)]
        if let refusal = play.refusal { throw InMemoryStoreError(message: refusal) }
        for (path, text) in play.files { try write(text, to: attempt.folder.appending(path)) }
        return PlayedProcess(play, attempt, self)
    }

    func close() { isClosed = true }
}

/// An attempt that is played.
private final class PlayedProcess: AttemptProcess {
    private let play: Play
    private let attempt: Attempt
    private let system: VirtualSystem
    private let began: Double
    private var endsAt: Double
    private var cause: AttemptEnding.Cause
    private var said = 0

    init(_ play: Play, _ attempt: Attempt, _ system: VirtualSystem) {
        self.play = play
        self.attempt = attempt
        self.system = system
        began = system.now
        endsAt = began + play.seconds
        cause = play.cause
    }

    let descriptors: [Int32] = []

    var isWaiting: Bool { play.isWaiting }

    var nextMoment: Double {
        said < play.events.count ? min(endsAt, began + play.events[said].after) : endsAt
    }

    func take() -> (events: [StageEvent], ending: AttemptEnding?) {
        var events: [StageEvent] = []
        while said < play.events.count, began + play.events[said].after <= system.now {
            events.append(play.events[said].event)
            said += 1
        }
        guard endsAt <= system.now else { return (events, nil) }
        if let text = play.output, let output = attempt.stage.outputs.first, cause == .status(0) {
            try? write(text, to: attempt.path(of: output))
        }
        return (events, AttemptEnding(cause: cause, cpuSeconds: 0.5, peakMemory: 4096))
    }

    func terminate() {
        system.signals.append("\(system.now) terminate \(attempt.stage.id)")
        if let seconds = play.obeysAfter { end(at: system.now + seconds, by: 15) }
    }

    func kill() {
        system.signals.append("\(system.now) kill \(attempt.stage.id)")
        end(at: system.now, by: 9)
    }

    private func end(at time: Double, by signal: Int32) {
        guard time < endsAt else { return }
        endsAt = time
        cause = .signal(signal)
    }
}
