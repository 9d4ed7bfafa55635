package import Comparisons
import Glibc
package import Predictions

/// The target of a row: its label, a teacher's probabilities, or both.
///
/// The loss of scores z is the sum of its terms, weight · KL(q^β ‖ softmax(β z)) / β², up to a constant, where β = 1/T
/// is the inverse temperature and q^β is normalized (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural
/// Network", 2015: the factor T² keeps the scale of gradients at all temperatures). For T = 1, and for a label, this is
/// the cross entropy.
package struct RowTarget: Sendable, Hashable {
    /// A distribution to approximate.
    package struct Term: Sendable, Hashable {
        /// q^β, normalized to sum to 1.
        package let wanted: Probabilities
        package let weight: Double
        package let sharpness: Double
    }

    /// A loss, its derivatives with respect to the scores of A, B and tie, and the probabilities at its temperature.
    package struct Slope: Sendable {
        package var loss = 0.0
        /// ∂/∂s and ∂²/∂s² for scores (s, −s, t), and the same for t.
        package var preference = (first: 0.0, second: 0.0)
        package var tie = (first: 0.0, second: 0.0)
        /// ∂/∂z and ∂²/∂z² of A, B and tie.
        package var scores = (first: SIMD3<Double>.zero, second: SIMD3<Double>.zero)
    }

    package let terms: [Term]

    /// A label.
    package init(label: ComparisonLabel, weight: Double = 1) {
        let wanted = Probabilities(
            a: label == .a ? 1 : 0, b: label == .b ? 1 : 0, tie: label == .tie ? 1 : 0)
        terms = [Term(wanted: wanted, weight: weight, sharpness: 1)]
    }

    /// A label, a teacher's probabilities, or both, with the label weighted by `goldShare`.
    package init(label: ComparisonLabel?, soft: Probabilities, options: SoftTargets.Options) {
        let sharpness = 1 / options.temperature
        func power(_ value: Double) -> Double { sharpness == 1 ? value : pow(value, sharpness) }
        let wanted = Probabilities(a: power(soft.a), b: power(soft.b), tie: power(soft.tie)).normalized
        let softShare = label == nil ? 1 : 1 - options.goldShare
        var terms: [Term] = []
        if let label, options.goldShare > 0 {
            terms += RowTarget(label: label, weight: options.goldShare).terms
        }
        if softShare > 0 {
            let weight = softShare * (label == nil ? options.targetWeight : 1)
            terms.append(Term(wanted: wanted, weight: weight, sharpness: sharpness))
        }
        self.terms = terms
    }

    /// The loss of scores, and its derivatives.
    package func slope(a: Double, b: Double, tie: Double) -> Slope {
        var slope = Slope()
        for term in terms {
            let beta = term.sharpness
            let greatest = max(a, b, tie)
            let exponentials = (
                exp(beta * (a - greatest)), exp(beta * (b - greatest)), exp(beta * (tie - greatest))
            )
            // A and B first: the sum is bit by bit the same if they are exchanged.
            let sum = (exponentials.0 + exponentials.1) + exponentials.2
            let p = SIMD3(exponentials.0 / sum, exponentials.1 / sum, exponentials.2 / sum)
            let q = SIMD3(term.wanted.a, term.wanted.b, term.wanted.tie)
            let entropy = log(sum) + beta * greatest
            let scale = term.weight / beta
            slope.loss += scale / beta * (entropy - beta * ((q.x * a + q.y * b) + q.z * tie))
            let difference = p - q
            slope.preference.first += scale * (difference.x - difference.y)
            slope.tie.first += scale * difference.z
            let decided = p.x + p.y
            slope.preference.second += term.weight * (decided - (p.x - p.y) * (p.x - p.y))
            slope.tie.second += term.weight * (p.z * (1 - p.z))
            slope.scores.first += scale * difference
            slope.scores.second += term.weight * (p * (SIMD3(repeating: 1) - p))
        }
        return slope
    }

    /// The target after exchanging the two responses.
    package var swapped: RowTarget {
        RowTarget(
            terms: terms.map {
                Term(wanted: $0.wanted.swapped, weight: $0.weight, sharpness: $0.sharpness)
            })
    }

    private init(terms: [Term]) { self.terms = terms }

    /// The sum of the terms' weights.
    package var weight: Double { terms.reduce(0) { $0 + $1.weight } }
}
