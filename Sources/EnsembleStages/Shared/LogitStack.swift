import Comparisons
import Glibc
import Predictions

/// A multinomial logistic regression on members' log odds.
///
/// With each member's scores (dₘ/2, −dₘ/2, tₘ) for A, B and tie, the stack's are (s, −s, t): s = ½ Σ wₘ dₘ and
/// t = Σ uₘ tₘ + β. Exchanging A and B changes the sign of all d and of s, so the stack is antisymmetric by construction.
struct LogitStack: Sendable, Hashable {
    /// w: one per member.
    var preference: [Double]
    /// u: one per member.
    var tie: [Double]
    /// β.
    var bias: Double

    /// A stack from its parameters.
    init(preference: [Double], tie: [Double], bias: Double) {
        self.preference = preference
        self.tie = tie
        self.bias = bias
    }

    /// The normalized geometric mean of the members.
    init(members: Int) {
        preference = [Double](repeating: 1 / Double(members), count: members)
        tie = preference
        bias = 0
    }

    /// A row's members, as log odds, and its label.
    struct Example: Sendable {
        let preference: [Double]
        let tie: [Double]
        let label: ComparisonLabel

        init(_ members: [Probabilities], _ label: ComparisonLabel) {
            let odds = members.map(\.logOdds)
            preference = odds.map { $0.preference / 2 }
            tie = odds.map(\.tie)
            self.label = label
        }
    }

    /// The stack's prediction for a row.
    func predict(_ members: [Probabilities]) -> Probabilities {
        let odds = members.map(\.logOdds)
        return predict(odds.map { $0.preference / 2 }, odds.map(\.tie))
    }

    private func predict(_ preferences: [Double], _ ties: [Double]) -> Probabilities {
        var (s, t) = (0.0, bias)
        for member in preference.indices {
            s += preference[member] * preferences[member]
            t += tie[member] * ties[member]
        }
        return Probabilities(scores: (preference: s, tie: t))
    }

    /// The mean of −ln of the label's probability.
    func logLoss(_ examples: [Example]) -> Double {
        let total = examples.reduce(0) { $0 + predict($1.preference, $1.tie).logLoss($1.label) }
        return total / Double(max(examples.count, 1))
    }

    fileprivate var parameters: [Double] { preference + tie + [bias] }

    private func with(_ parameters: [Double]) -> LogitStack {
        var copy = self
        let count = preference.count
        copy.preference = Array(parameters[..<count])
        copy.tie = Array(parameters[count..<2 * count])
        copy.bias = parameters[2 * count]
        return copy
    }
}

extension LogitStack {
    /// Newton's method has converged if a step can lower the objective by no more than this.
    private static let tolerance = 1e-12

    /// What regularization pulls to, and how strongly.
    struct Penalty: Sendable, Hashable {
        let center: LogitStack
        /// λ for w and u.
        let weights: Double
        /// λ for β.
        let bias: Double

        /// Pulls to the geometric mean of the members, and leaves β free.
        static func toMean(_ members: Int, l2: Double) -> Penalty {
            Penalty(center: LogitStack(members: members), weights: l2, bias: 0)
        }

        fileprivate var centers: [Double] { center.parameters }
        fileprivate var strengths: [Double] {
            [Double](repeating: weights, count: centers.count - 1) + [bias]
        }
    }

    /// Minimizes the mean log loss + Σ λ/2 · (parameter − center)². The problem is convex.
    ///
    /// - Parameter start: where to begin; the result does not depend on it beyond rounding.
    static func fit(_ examples: [Example], _ penalty: Penalty, from start: LogitStack) -> LogitStack {
        let (center, strengths) = (penalty.centers, penalty.strengths)
        var stack = start
        var objective = stack.objective(examples, strengths, center)
        for _ in 0..<100 {
            let (gradient, hessian) = stack.derivatives(examples, strengths, center)
            guard let step = PositiveDefiniteSystem.solve(hessian, gradient) else { break }
            let decrement = zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
            guard decrement > tolerance else { break }
            var (share, isBetter) = (1.0, false)
            while share > 1e-8, !isBetter {
                let next = stack.with(zip(stack.parameters, step).map { $0 - share * $1 })
                let value = next.objective(examples, strengths, center)
                isBetter = value < objective
                if isBetter { (stack, objective) = (next, value) }
                share /= 2
            }
            if !isBetter { break }
        }
        return stack
    }

    private func objective(_ examples: [Example], _ strengths: [Double], _ center: [Double]) -> Double {
        let parameters = parameters
        var penalty = 0.0
        for index in center.indices {
            let distance = parameters[index] - center[index]
            penalty += strengths[index] / 2 * distance * distance
        }
        return logLoss(examples) + penalty
    }

    private func derivatives(
        _ examples: [Example], _ strengths: [Double], _ center: [Double]
    ) -> (gradient: [Double], hessian: [[Double]]) {
        let members = preference.count
        let size = 2 * members + 1
        var gradient = [Double](repeating: 0, count: size)
        var hessian = [[Double]](repeating: gradient, count: size)
        for example in examples {
            let p = predict(example.preference, example.tie)
            let (isA, isB, isTie) = (example.label == .a, example.label == .b, example.label == .tie)
            let s = (p.a - (isA ? 1 : 0)) - (p.b - (isB ? 1 : 0))
            let t = p.tie - (isTie ? 1 : 0)
            // The covariance of the scores' derivatives: (1, −1, 0) by s and (0, 0, 1) by t.
            let difference = p.a - p.b
            let (ss, tt, st) = (p.a + p.b - difference * difference, p.tie * (1 - p.tie), -difference * p.tie)
            let ties = example.tie + [1]
            for row in 0..<members {
                gradient[row] += s * example.preference[row]
                for column in 0...row {
                    hessian[row][column] += ss * example.preference[row] * example.preference[column]
                }
            }
            for row in 0...members {
                gradient[members + row] += t * ties[row]
                for column in 0..<members {
                    hessian[members + row][column] += st * ties[row] * example.preference[column]
                }
                for column in 0...row {
                    hessian[members + row][members + column] += tt * ties[row] * ties[column]
                }
            }
        }
        let count = Double(max(examples.count, 1))
        let parameters = parameters
        for row in 0..<size {
            gradient[row] /= count
            for column in 0...row {
                hessian[row][column] /= count
                hessian[column][row] = hessian[row][column]
            }
            gradient[row] += strengths[row] * (parameters[row] - center[row])
            hessian[row][row] += strengths[row]
        }
        return (gradient, hessian)
    }
}
