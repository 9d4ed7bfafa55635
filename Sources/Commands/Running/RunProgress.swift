import Dataflow

/// The progress of a run, derived from its events: a value without a clock or terminal.
struct RunProgress: Sendable {
    /// A stage that is running or waiting.
    struct Active: Sendable {
        var stage: StageID
        var started: Double
        var expected: Double?
        var done = 0
        var total: Int?
        var unit = ""
        /// The other process that is computing it.
        var holder: String?
    }

    /// The number of stages of the run by outcome.
    private(set) var counts: [Disposition: Int] = [:]
    private(set) var total = 0
    private(set) var active: [Active] = []
    private(set) var isDraining = false
    /// The expected seconds of the stages that have not ended, as far as they are known.
    private var expected: [StageID: Double]
    private var untimed: Int
    private let durations: [String: Double]
    /// The stages with many instances.
    private(set) var groups: StageGroups

    /// The progress of a run of `stages`, whose earlier durations are known by description.
    init(stages: [StageID] = [], durations: [String: Double] = [:]) {
        expected = [:]
        untimed = 0
        self.durations = durations
        groups = StageGroups(stages)
        expect(stages)
    }

    private mutating func expect(_ stages: [StageID]) {
        for stage in stages {
            if let seconds = durations[stage.description] {
                expected[stage] = seconds
            } else {
                untimed += 1
            }
        }
    }

    /// The number of stages that have ended.
    var finished: Int { counts.values.reduce(0, +) }

    /// Applies an event that happened at `now` seconds.
    mutating func take(_ event: RunEvent, now: Double) {
        groups.take(event)
        switch event {
        case .runStarted(_, let stages): total = stages
        case .expanded(_, let stages, let replaced):
            total += stages.count - replaced
            untimed = max(0, untimed - replaced)
            expect(stages)
        case .stageStarted(let stage, _, _, let seconds):
            active.removeAll { $0.stage == stage }
            active.append(Active(stage: stage, started: now, expected: seconds))
        case .progress(let stage, let done, let total, let unit):
            guard let index = active.firstIndex(where: { $0.stage == stage }) else { return }
            active[index].done = done
            active[index].total = total
            active[index].unit = unit
        case .waiting(let stage, let holder):
            active.removeAll { $0.stage == stage }
            active.append(Active(stage: stage, started: now, holder: holder))
        case .retrying(let stage, _, _, _): active.removeAll { $0.stage == stage }
        case .stageFinished(let result):
            active.removeAll { $0.stage == result.stage }
            counts[result.disposition, default: 0] += 1
            if expected.removeValue(forKey: result.stage) == nil { untimed = max(0, untimed - 1) }
        case .draining: isDraining = true
        case .attempt, .action, .metric, .log, .published, .notice, .runFinished: break
        }
    }

    /// The remaining time.
    enum Remaining: Equatable {
        /// This many seconds if all cores are busy, not counting stages that were never timed.
        case about(Double, untimed: Int)
        /// The remaining stages with a known duration have taken this much longer than before.
        case overdue(by: Double, untimed: Int)
    }

    /// The remaining time; nil if nothing is known about the remaining stages.
    func remaining(now: Double, cpus: Int) -> Remaining? {
        guard !expected.isEmpty else { return nil }
        var work = expected.values.reduce(0, +)
        var longest = -Double.infinity
        for stage in active {
            guard let seconds = expected[stage.stage] else { continue }
            work -= min(seconds, now - stage.started)
            longest = max(longest, seconds - (now - stage.started))
        }
        let seconds = max(longest, work / Double(max(1, cpus)))
        // Sums of durations may leave something like 1e-16.
        return seconds < 1e-6 && longest < 0
            ? .overdue(by: -longest, untimed: untimed) : .about(max(0, seconds), untimed: untimed)
    }
}
