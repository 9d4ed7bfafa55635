/// Estimates how long a run would take, from earlier durations of its stages: the run is simulated on the given resources.
public struct Forecast: Sendable, Hashable {
    /// The wall-clock seconds until the last stage ends.
    public let seconds: Double
    /// The total seconds of all stages.
    public let stageSeconds: Double
    /// The total CPU seconds of all stages.
    public let cpuSeconds: Double
    /// The bytes of all their outputs, before the store compresses them and keeps equal parts once.
    public let bytes: Double
    /// The number of stages that would or may run.
    public let stageCount: Int
    /// The number of stages without any known cost: neither their own, nor another instance's, nor their kind's.
    public let unknownCount: Int

    /// What a stage cost when it last ran.
    public struct Cost: Sendable, Hashable {
        /// Wall-clock seconds.
        public var seconds: Double
        /// CPU seconds.
        public var cpuSeconds: Double
        /// The bytes of its outputs.
        public var bytes: Double

        /// A cost.
        public init(seconds: Double, cpuSeconds: Double = 0, bytes: Double = 0) {
            self.seconds = seconds
            self.cpuSeconds = cpuSeconds
            self.bytes = bytes
        }

        fileprivate static func mean(_ costs: [Cost]) -> Cost {
            let count = Double(costs.count)
            func mean(_ value: (Cost) -> Double) -> Double { costs.reduce(0) { $0 + value($1) } / count }
            return Cost(
                seconds: mean(\.seconds), cpuSeconds: mean(\.cpuSeconds), bytes: mean(\.bytes))
        }
    }

    /// Simulates a run. Stages that may run are assumed to run.
    ///
    /// - Parameters:
    ///   - costs: the latest costs of stages, by the id's description.
    ///   - kinds: the mean costs of stage kinds, by name, for stages of which nothing is known.
    /// - Complexity: O((V + E) log V).
    public init(
        _ plan: Plan, costs: [String: Cost], kinds: [String: Cost] = [:], capacity: SchedulerState.Capacity
    ) {
        let selection = plan.selection
        let estimates = Estimates(selection.stages, costs, kinds)
        let expected = plan.entries.map { entry -> Expectation in
            switch entry.state {
            case .upToDate, .inCache, .blocked: .doesNotRun
            case .stale, .pending, .unexpanded:
                estimates.cost(of: entry.stage).map { Expectation.costs($0) } ?? .isUnknown
            }
        }
        stageCount = expected.count { $0 != .doesNotRun }
        unknownCount = expected.count { $0 == .isUnknown }
        stageSeconds = expected.reduce(0) { $0 + $1.seconds }
        cpuSeconds = expected.reduce(0) { $0 + max(0, $1.cost?.cpuSeconds ?? 0) }
        bytes = expected.reduce(0) { $0 + max(0, $1.cost?.bytes ?? 0) }
        // Without any duration that is known, there is nothing to simulate.
        seconds = stageSeconds > 0 ? Self.simulated(selection, expected, capacity) : 0
    }

    /// What is expected of a stage.
    private enum Expectation: Equatable {
        case doesNotRun
        case costs(Cost)
        /// It runs, for a time that is not known.
        case isUnknown

        /// What it costs, as far as that is known.
        var cost: Cost? { if case .costs(let cost) = self { cost } else { nil } }
        /// The seconds that it takes, as far as that is known.
        var seconds: Double { max(0, cost?.seconds ?? 0) }
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

/// The expected costs of stages: their own latest one, or the mean of their other instances, or of their kind.
private struct Estimates {
    private let costs: [String: Forecast.Cost]
    private let byName: [String: Forecast.Cost]
    private let byKind: [String: Forecast.Cost]

    init(_ stages: [Stage], _ costs: [String: Forecast.Cost], _ kinds: [String: Forecast.Cost]) {
        self.costs = costs
        var names: [String: [Forecast.Cost]] = [:]
        var ofKinds: [String: [Forecast.Cost]] = [:]
        for stage in stages {
            guard let cost = costs[stage.id.description] else { continue }
            names[stage.id.name, default: []].append(cost)
            // Commands have nothing in common.
            if case .kind(let kind, _, _) = stage.work { ofKinds[kind, default: []].append(cost) }
        }
        byName = names.mapValues(Forecast.Cost.mean)
        byKind = kinds.merging(ofKinds.mapValues(Forecast.Cost.mean)) { _, own in own }
    }

    func cost(of stage: Stage) -> Forecast.Cost? {
        if let cost = costs[stage.id.description] ?? byName[stage.id.name] { return cost }
        guard case .kind(let kind, _, _) = stage.work else { return nil }
        return byKind[kind]
    }
}
