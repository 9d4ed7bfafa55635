/// Estimates how long a run would take, from earlier durations of its stages: the run is simulated on the given resources.
public struct Forecast: Sendable, Hashable {
    /// The wall-clock seconds until the last stage ends.
    public let seconds: Double
    /// The total seconds of all stages.
    public let stageSeconds: Double
    /// The number of stages that would or may run.
    public let stageCount: Int
    /// The number of stages without any known duration: neither their own, nor another instance's, nor their kind's.
    public let unknownCount: Int

    /// Simulates a run. Stages that may run are assumed to run.
    ///
    /// - Parameters:
    ///   - durations: the latest seconds of stages, by the id's description.
    /// - Complexity: O((V + E) log V).
    public init(
        _ plan: Plan, durations: [String: Double], capacity: SchedulerState.Capacity
    ) {
        let selection = plan.selection
        let estimates = Estimates(selection.stages, durations)
        let expected = plan.entries.map { entry -> Expectation in
            switch entry.state {
            case .upToDate, .inCache, .blocked: .doesNotRun
            case .stale, .pending, .unexpanded:
                estimates.seconds(of: entry.stage).map { Expectation.takes(seconds: max(0, $0)) }
                    ?? .isUnknown
            }
        }
        stageCount = expected.count { $0 != .doesNotRun }
        unknownCount = expected.count { $0 == .isUnknown }
        stageSeconds = expected.reduce(0) { $0 + $1.seconds }
        seconds = Self.simulated(selection, expected, capacity)
    }

    /// What is expected of a stage.
    private enum Expectation: Equatable {
        case doesNotRun
        case takes(seconds: Double)
        /// It runs, for a time that is not known.
        case isUnknown

        /// The seconds that it takes, as far as that is known.
        var seconds: Double { if case .takes(let seconds) = self { seconds } else { 0 } }
    }

    private static func simulated(
        _ selection: Selection, _ expected: [Expectation], _ capacity: SchedulerState.Capacity
    ) -> Double {
        var state = SchedulerState(
            nodes: selection.stages.indices.map { index in
                SchedulerState.Node(
                    dependencies: selection.dependencies[index], resources: selection.stages[index].resources,
                    duration: expected[index].seconds)
            }, capacity: capacity)
        var now = 0.0
        var running: [(end: Double, index: Int)] = []
        while true {
            while let action = state.next() {
                switch action {
                case .resolve(let index):
                    if expected[index] == .doesNotRun { state.found(index) } else { state.missed(index) }
                case .start(let index): running.append((now + expected[index].seconds, index))
                }
            }
            guard let next = running.indices.min(by: { running[$0].end < running[$1].end }) else {
                return now
            }
            now = running[next].end
            state.finished(running[next].index, .done)
            running.remove(at: next)
        }
    }
}

/// The expected durations of stages: their own latest one, or the mean of their other instances, or of their kind.
private struct Estimates {
    private let durations: [String: Double]
    private let byName: [String: Double]
    private let byKind: [String: Double]

    init(_ stages: [Stage], _ durations: [String: Double]) {
        self.durations = durations
        var names: [String: (sum: Double, count: Int)] = [:]
        var kinds: [String: (sum: Double, count: Int)] = [:]
        for stage in stages {
            guard let seconds = durations[stage.id.description] else { continue }
            let name = names[stage.id.name] ?? (0, 0)
            names[stage.id.name] = (name.sum + seconds, name.count + 1)
            // Commands have nothing in common.
            guard case .kind(let kind, _, _) = stage.work else { continue }
            let all = kinds[kind] ?? (0, 0)
            kinds[kind] = (all.sum + seconds, all.count + 1)
        }
        byName = names.mapValues { $0.sum / Double($0.count) }
        byKind = kinds.mapValues { $0.sum / Double($0.count) }
    }

    func seconds(of stage: Stage) -> Double? {
        durations[stage.id.description] ?? byName[stage.id.name] ?? byKind[stage.work.kindName]
    }
}
