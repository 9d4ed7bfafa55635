import Glibc

/// Mixture weights that maximize the likelihood of the labels.
enum MixtureWeights {
    /// The mean log loss of fitted weights exceeds the minimum by at most this.
    static let tolerance = 1e-10

    /// Weights, and how far they can be from the best ones.
    struct Fit: Sendable {
        /// One weight per member; they sum to 1.
        var weights: [Double]
        /// An upper bound on the difference between the mean log loss of these weights and that of the best ones.
        var gap: Double
    }

    /// Fits weights by sequential quadratic programming (Kim, Carbonetto, Stephens and Anitescu, 2020).
    ///
    /// The mean log likelihood is concave in the weights, so with its gradient g, for which Σ wₘ gₘ = 1, no weights
    /// are better than w by more than max gₘ − 1. This bound is the stopping criterion: a number of rounds or a small
    /// step would stop far from the best weights if two members are nearly equal.
    ///
    /// - Parameter likelihoods: for each row, each member's probability of the actual label; all positive.
    static func fit(_ likelihoods: [[Double]]) -> Fit {
        let count = likelihoods.first?.count ?? 0
        var fit = Fit(weights: [Double](repeating: 1 / Double(max(count, 1)), count: count), gap: 0)
        guard count > 1 else { return fit }
        // Newton steps: ten are plenty. The loop also ends if rounding allows no better weights.
        for _ in 0..<1_000 {
            let model = QuadraticModel(likelihoods, fit.weights)
            fit.gap = max(0, (model.gradient.max() ?? 1) - 1)
            guard fit.gap > tolerance, let next = step(from: fit.weights, to: model.best, likelihoods) else {
                break
            }
            fit.weights = next
        }
        return fit
    }

    /// Better weights between the current ones and `target`, found by halving the step; nil if there are none.
    private static func step(
        from weights: [Double], to target: [Double], _ likelihoods: [[Double]]
    ) -> [Double]? {
        let loss = logLoss(likelihoods, weights)
        var share = 1.0
        while share > 1e-9 {
            let next = zip(weights, target).map { (1 - share) * $0 + share * $1 }
            if logLoss(likelihoods, next) < loss { return next }
            share /= 2
        }
        return nil
    }

    /// The mean of −ln Σ wₘ pₘ.
    static func logLoss(_ likelihoods: [[Double]], _ weights: [Double]) -> Double {
        let total = likelihoods.reduce(0) { sum, row in
            sum - log(zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 })
        }
        return total / Double(max(likelihoods.count, 1))
    }
}

/// The mean log likelihood around some weights, to the second order.
private struct QuadraticModel: Sendable {
    let weights: [Double]
    let gradient: [Double]
    /// The negative matrix of second derivatives.
    let curvature: [[Double]]

    init(_ likelihoods: [[Double]], _ weights: [Double]) {
        let count = weights.count
        var gradient = [Double](repeating: 0, count: count)
        var curvature = [[Double]](repeating: gradient, count: count)
        var ratios = gradient
        for row in likelihoods {
            var sum = 0.0
            for member in 0..<count { sum += weights[member] * row[member] }
            for member in 0..<count {
                ratios[member] = row[member] / sum
                gradient[member] += ratios[member]
                for other in 0...member { curvature[member][other] += ratios[member] * ratios[other] }
            }
        }
        let rows = Double(likelihoods.count)
        for member in 0..<count {
            gradient[member] /= rows
            for other in 0...member {
                curvature[member][other] /= rows
                curvature[other][member] = curvature[member][other]
            }
        }
        self.weights = weights
        self.gradient = gradient
        self.curvature = curvature
    }

    /// The weights where the model is greatest, by moving weight between two members at a time.
    var best: [Double] {
        var best = weights
        var slope = gradient
        for _ in 0..<1_000 {
            var change = 0.0
            for giver in best.indices {
                for taker in best.indices
                where taker != giver && best[giver] > 0 && slope[taker] > slope[giver] {
                    let bend = curvature[giver][giver] + curvature[taker][taker] - 2 * curvature[giver][taker]
                    let moved = min(best[giver], bend > 0 ? (slope[taker] - slope[giver]) / bend : .infinity)
                    best[giver] -= moved
                    best[taker] += moved
                    for member in best.indices {
                        slope[member] -= moved * (curvature[member][taker] - curvature[member][giver])
                    }
                    change = max(change, moved)
                }
            }
            if change < 1e-14 { break }
        }
        return best
    }
}
