import Dataflow

/// The stages of a run whose many instances are shown together. Pure.
struct StageGroups: Sendable {
    /// A stage with all its instances.
    struct Group: Sendable {
        /// How many there are.
        var total = 0
        /// How many have ended, by outcome.
        var counts: [Disposition: Int] = [:]
        /// The wall-clock seconds of those that ran, together.
        var seconds = 0.0
        /// Why those that ran had to run, in words; several if they differ.
        var reasons: Set<String> = []
        /// True once an instance has started.
        var hasStarted = false
        /// True once an instance had to wait for another run.
        var hasWaited = false

        /// How many have ended.
        var ended: Int { counts.values.reduce(0, +) }
    }

    /// With more instances than this, a stage is shown as one line.
    static let limit = 8
    /// The most reasons that are kept.
    private static let maximumReasons = 2

    private var groups: [String: Group] = [:]

    /// The groups of stages that are known in advance.
    init(_ stages: [StageID]) {
        for stage in stages { groups[stage.name, default: Group()].total += 1 }
    }

    /// The group that an instance is shown in; nil if it is shown separately.
    subscript(stage: StageID) -> Group? {
        guard let group = groups[stage.name], group.total > Self.limit else { return nil }
        return group
    }

    /// The groups that are not over, with their names, by name.
    var open: [(name: String, group: Group)] {
        groups.filter { $0.value.total > Self.limit && $0.value.ended > 0 && $0.value.ended < $0.value.total }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func take(_ event: RunEvent) {
        switch event {
        case .expanded(let name, let instances, let replaced):
            groups[name, default: Group()].total += instances.count - replaced
        case .stageStarted(let stage, _, let reasons, _):
            guard groups[stage.name] != nil else { return }
            groups[stage.name]?.hasStarted = true
            if let known = groups[stage.name]?.reasons, known.count < Self.maximumReasons {
                groups[stage.name]?.reasons.insert(reasons.phrase)
            }
        case .waiting(let stage, _): groups[stage.name]?.hasWaited = true
        case .stageFinished(let result):
            groups[result.stage.name]?.counts[result.disposition, default: 0] += 1
            if result.disposition == .ran {
                groups[result.stage.name]?.seconds += result.trace?.cost.wallSeconds ?? 0
            }
        default: break
        }
    }
}
