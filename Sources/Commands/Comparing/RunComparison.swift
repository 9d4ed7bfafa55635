import ArtifactStore
import Dataflow
import StageSchemas
import Texts

/// The differences between two runs: in parameters, in stages and in metrics. Pure.
struct RunComparison {
    /// A run with its stages.
    struct Side {
        let run: RunRecord
        let stages: [RunStageRecord]
    }

    /// A parameter of the pipeline; nil if the run did not have it.
    struct ParameterChange: Hashable {
        let name: String
        let before: Value?
        let after: Value?
    }

    /// A stage whose work or result differs.
    struct StageChange {
        enum Kind {
            case added, removed
            /// Why its work is not the same.
            case changed([Staleness])
            /// One or both of the runs have no result for it: it failed, was skipped, or its result was collected.
            case unknown(runs: Int)
        }

        let stage: String
        let kind: Kind
        let before: Disposition?
        let after: Disposition?
    }

    /// A metric of a stage; nil if the run did not measure it.
    struct MetricChange: Hashable {
        let stage: String
        let name: String
        let before: Double?
        let after: Double?

        /// After minus before.
        var difference: Double? {
            guard let before, let after else { return nil }
            return after - before
        }
    }

    let before: Side
    let after: Side
    let parameters: [ParameterChange]
    let stages: [StageChange]
    /// The number of stages whose work is the same in both.
    let equalCount: Int
    /// The metrics that differ.
    let metrics: [MetricChange]
    /// The number of metrics that are the same in both.
    let equalMetricCount: Int

    /// - Parameter material: the material of a trace; called only for stages whose traces differ. Nil if it was collected.
    init(
        _ before: Side, _ after: Side, material: (TraceID) throws -> KeyMaterial?
    ) rethrows {
        self.before = before
        self.after = after
        parameters = Self.changes(before.run.parameters, after.run.parameters)
        let old = Self.byName(before.stages)
        let new = Self.byName(after.stages)
        var stages: [StageChange] = []
        var metrics: [MetricChange] = []
        var equalCount = 0
        var equalMetricCount = 0
        for name in Self.names(before, after) {
            let (left, right) = (old[name], new[name])
            if let kind = try Self.kind(left, right, material) {
                stages.append(
                    StageChange(stage: name, kind: kind, before: left?.disposition, after: right?.disposition)
                )
            } else {
                equalCount += 1
            }
            let (oldNumbers, newNumbers) = (left?.metrics ?? [:], right?.metrics ?? [:])
            for metric in Set(oldNumbers.keys).union(newNumbers.keys).sorted(by: { $0.precedesByBytes($1) }) {
                let change = MetricChange(
                    stage: name, name: metric, before: oldNumbers[metric], after: newNumbers[metric])
                if change.before == change.after { equalMetricCount += 1 } else { metrics.append(change) }
            }
        }
        self.stages = stages
        self.metrics = metrics
        self.equalCount = equalCount
        self.equalMetricCount = equalMetricCount
    }

    /// How a stage differs; nil if it does not.
    private static func kind(
        _ left: RunStageRecord?, _ right: RunStageRecord?, _ material: (TraceID) throws -> KeyMaterial?
    ) rethrows -> StageChange.Kind? {
        guard let left else { return .added }
        guard let right else { return .removed }
        guard let old = left.trace, let new = right.trace else {
            return .unknown(runs: left.trace == nil && right.trace == nil ? 2 : 1)
        }
        if old == new { return nil }
        let (before, after) = (try material(old), try material(new))
        guard let old = before, let new = after else {
            return .unknown(runs: before == nil && after == nil ? 2 : 1)
        }
        let reasons = Staleness.reasons(from: old, to: new)
        return reasons.isEmpty ? nil : .changed(reasons)
    }

    /// The stages of both runs, by name.
    private static func names(_ before: Side, _ after: Side) -> [String] {
        Set(before.stages.map(\.stage)).union(after.stages.map(\.stage)).sorted { $0.precedesNaturally($1) }
    }

    private static func byName(_ stages: [RunStageRecord]) -> [String: RunStageRecord] {
        Dictionary(stages.map { ($0.stage, $0) }) { first, _ in first }
    }

    /// The parameters that differ; those in maps have dotted names.
    static func changes(_ old: [String: Value], _ new: [String: Value]) -> [ParameterChange] {
        let (old, new) = (flat(old), flat(new))
        return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted { $0.precedesByBytes($1) }
            .map { ParameterChange(name: $0, before: old[$0], after: new[$0]) }
    }

    /// The parameters by dotted name.
    static func flat(_ parameters: [String: Value], prefix: String = "") -> [String: Value] {
        var result: [String: Value] = [:]
        for (name, value) in parameters {
            if case .map(let inner) = value, !inner.isEmpty {
                result.merge(flat(inner, prefix: prefix + name + ".")) { first, _ in first }
            } else {
                result[prefix + name] = value
            }
        }
        return result
    }
}

extension RunComparison.Side {
    /// The seconds that it took to compute the results that the run found in the store.
    var secondsSaved: Double {
        stages.reduce(0) { $1.disposition == .cached ? $0 + ($1.cost?.wallSeconds ?? 0) : $0 }
    }
}
