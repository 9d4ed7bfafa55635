package import Comparisons
import Glibc

/// The probabilities that A wins, that B wins, and of a tie.
package struct Probabilities: Sendable, Hashable {
    /// P(A wins).
    package var a: Double
    /// P(B wins).
    package var b: Double
    /// P(tie).
    package var tie: Double

    /// Probabilities from their values.
    package init(a: Double, b: Double, tie: Double) {
        self.a = a
        self.b = b
        self.tie = tie
    }

    /// The softmax of (s, −s, t).
    package init(scores: (preference: Double, tie: Double)) {
        let greatest = max(abs(scores.preference), scores.tie)
        let a = exp(scores.preference - greatest)
        let b = exp(-scores.preference - greatest)
        let tie = exp(scores.tie - greatest)
        // a + b first: the sum is bit by bit the same if they are exchanged.
        let sum = (a + b) + tie
        self.init(a: a / sum, b: b / sum, tie: tie / sum)
    }

    /// The softmax of scores.
    package init(scores: (a: Double, b: Double, tie: Double)) {
        let greatest = max(scores.a, scores.b, scores.tie)
        let a = exp(scores.a - greatest)
        let b = exp(scores.b - greatest)
        let tie = exp(scores.tie - greatest)
        let sum = (a + b) + tie
        self.init(a: a / sum, b: b / sum, tie: tie / sum)
    }

    /// ln(a ÷ b), and ln(tie ÷ √(a b)): the scores (s, −s, t) are half the first, its negative, and the second.
    /// Probabilities are at least 10⁻⁹ here.
    package var logOdds: (preference: Double, tie: Double) {
        let least = 1e-9
        let (a, b) = (log(max(a, least)), log(max(b, least)))
        return (a - b, log(max(tie, least)) - (a + b) / 2)
    }

    /// With A and B exchanged.
    package var swapped: Probabilities { Probabilities(a: b, b: a, tie: tie) }

    /// The probability of a label.
    package subscript(label: ComparisonLabel) -> Double {
        switch label {
        case .a: a
        case .b: b
        case .tie: tie
        }
    }

    /// The most likely label; of equal ones, the first of A, B, tie.
    package var mostLikely: ComparisonLabel {
        if a >= b && a >= tie { return .a }
        return b >= tie ? .b : .tie
    }

    /// Normalized to sum to 1.
    package var normalized: Probabilities {
        let sum = (a + b) + tie
        return Probabilities(a: a / sum, b: b / sum, tie: tie / sum)
    }

    /// −ln of a label's probability, clipped to machine epsilon and 1 minus that, as in scikit-learn and on Kaggle.
    package func logLoss(_ label: ComparisonLabel) -> Double {
        -log(min(max(self[label], Double.ulpOfOne), 1 - Double.ulpOfOne))
    }
}
