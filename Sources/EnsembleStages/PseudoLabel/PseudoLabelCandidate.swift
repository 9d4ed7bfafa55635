import Comparisons
import Predictions

/// A row and its predictions.
struct PseudoLabelCandidate: Sendable {
    let row: Int
    let id: String
    /// The mean of the models' probabilities.
    let mean: Probabilities
    /// The most likely outcome according to the mean.
    let outcome: ComparisonLabel
    /// The share of models for which it is the most likely outcome.
    let agreement: Double
    /// The label that the row already has.
    let label: ComparisonLabel?

    init(row: Int, id: String, members: [Probabilities], label: ComparisonLabel?) {
        self.row = row
        self.id = id
        self.label = label
        let mean = Probabilities(
            a: members.reduce(0) { $0 + $1.a }, b: members.reduce(0) { $0 + $1.b },
            tie: members.reduce(0) { $0 + $1.tie }
        ).normalized
        let outcome = mean.mostLikely
        self.mean = mean
        self.outcome = outcome
        agreement = Double(members.count { $0.mostLikely == outcome }) / Double(max(members.count, 1))
    }

    /// The most likely outcome with probability 1.
    var certain: Probabilities {
        Probabilities(a: outcome == .a ? 1 : 0, b: outcome == .b ? 1 : 0, tie: outcome == .tie ? 1 : 0)
    }
}
