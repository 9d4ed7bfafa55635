import Glibc

/// Mixture weights that maximize the likelihood of the labels.
enum MixtureWeights {
    private static let iterations = 2000

    /// Fits weights by expectation maximization: wₘ ← mean over rows of wₘ pₘ / Σ wₖ pₖ.
    ///
    /// - Parameter likelihoods: for each row, each member's probability of the actual label; all positive.
    static func fit(_ likelihoods: [[Double]]) -> [Double] {
        let count = likelihoods.first?.count ?? 0
        var weights = [Double](repeating: 1 / Double(max(count, 1)), count: count)
        guard count > 1 else { return weights }
        for _ in 0..<iterations {
            var next = [Double](repeating: 0, count: count)
            for row in likelihoods {
                var sum = 0.0
                for member in 0..<count { sum += weights[member] * row[member] }
                for member in 0..<count { next[member] += weights[member] * row[member] / sum }
            }
            var change = 0.0
            for member in 0..<count {
                next[member] /= Double(likelihoods.count)
                change = max(change, abs(next[member] - weights[member]))
            }
            weights = next
            if change < 1e-9 { break }
        }
        return weights
    }

    /// The mean of −ln Σ wₘ pₘ.
    static func logLoss(_ likelihoods: [[Double]], _ weights: [Double]) -> Double {
        let total = likelihoods.reduce(0) { sum, row in
            sum - log(zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 })
        }
        return total / Double(max(likelihoods.count, 1))
    }
}
