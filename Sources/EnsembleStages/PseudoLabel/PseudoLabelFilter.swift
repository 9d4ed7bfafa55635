import Comparisons
import Digests
import Predictions
import StageSchemas

/// Drops candidates step by step, and counts what each step dropped.
struct PseudoLabelFilter: Sendable {
    /// The remaining candidates, in the order of the table.
    private(set) var kept: [PseudoLabelCandidate]
    /// Each step, and the number that it dropped.
    private(set) var dropped: [(name: String, count: Int)] = []
    private let total: Int

    init(_ candidates: [PseudoLabelCandidate]) {
        kept = candidates
        total = candidates.count
    }

    /// Keeps the candidates that satisfy a condition.
    mutating func keep(_ name: String, _ condition: (PseudoLabelCandidate) -> Bool) {
        let before = kept.count
        kept = kept.filter(condition)
        dropped.append((name, before - kept.count))
    }

    /// Draws as many of each outcome as the rarest one has, ignoring outcomes that do not occur.
    mutating func balance(seed: Int) {
        let counts = ComparisonLabel.allCases.map { label in kept.count { $0.outcome == label } }
        let least = counts.filter { $0 > 0 }.min() ?? 0
        var drawn: Set<Int> = []
        for label in ComparisonLabel.allCases {
            drawn.formUnion(Self.draw(kept.filter { $0.outcome == label }, least, seed: seed))
        }
        keep("balance") { drawn.contains($0.row) }
    }

    /// Draws at most `count`.
    mutating func draw(_ count: Int, seed: Int) {
        let drawn = Self.draw(kept, count, seed: seed)
        keep("maximumRows") { drawn.contains($0.row) }
    }

    /// The rows with the lowest digests of seed and id.
    private static func draw(_ candidates: [PseudoLabelCandidate], _ count: Int, seed: Int) -> Set<Int> {
        let order = candidates.map { (SHA256.digest(of: "pseudo-label \(seed) \($0.id)"), $0.row) }.sorted {
            $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 < $1.0
        }
        return Set(order.prefix(count).map(\.1))
    }

    /// `{"labels", "candidates", "kept", "dropped", "outcomes", "meanProbability"}`.
    func report(labels: String) -> Value {
        let outcomes = ComparisonLabel.allCases.map { label in
            (label.rawValue, Value.integer(kept.count { $0.outcome == label }))
        }
        let mean =
            kept.reduce(0) { $0 + $1.mean[$1.outcome] } / Double(max(kept.count, 1))
        return [
            "labels": .string(labels), "candidates": .integer(total), "kept": .integer(kept.count),
            "dropped": .map(
                Dictionary(uniqueKeysWithValues: dropped.map { ($0.name, Value.integer($0.count)) })),
            "outcomes": .map(Dictionary(uniqueKeysWithValues: outcomes)),
            "meanProbability": .number(mean),
        ]
    }
}
