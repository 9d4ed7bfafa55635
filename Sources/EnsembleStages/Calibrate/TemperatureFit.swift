import Comparisons
import Glibc
import Predictions

/// The temperature that maximizes the likelihood of the labels: scores are divided by T, so probabilities become
/// p^(1/T), normalized.
///
/// Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. The mean log loss is convex in 1/T.
enum TemperatureFit {
    /// The range in which 1/T is searched.
    private static let range = (low: 0.05, high: 20.0)

    /// Probabilities at a temperature.
    static func applied(_ temperature: Double, to probabilities: Probabilities) -> Probabilities {
        guard temperature != 1 else { return probabilities }
        let sharpness = 1 / temperature
        let logs = [probabilities.a, probabilities.b, probabilities.tie].map {
            sharpness * log(max($0, 1e-300))
        }
        let greatest = max(logs[0], logs[1], logs[2])
        return Probabilities(
            a: exp(logs[0] - greatest), b: exp(logs[1] - greatest), tie: exp(logs[2] - greatest)
        ).normalized
    }

    /// The mean log loss of rows at a temperature.
    static func loss(_ temperature: Double, _ rows: [(probabilities: Probabilities, label: ComparisonLabel)])
        -> Double
    {
        rows.reduce(0) { $0 + applied(temperature, to: $1.probabilities).logLoss($1.label) }
            / Double(max(rows.count, 1))
    }

    /// The best temperature, to about 10⁻⁶, by golden-section search over 1/T; 1 if there are no rows.
    static func fit(_ rows: [(probabilities: Probabilities, label: ComparisonLabel)]) -> Double {
        guard !rows.isEmpty else { return 1 }
        let ratio = (5.0.squareRoot() - 1) / 2
        var (low, high) = range
        var left = high - ratio * (high - low)
        var right = low + ratio * (high - low)
        var (leftLoss, rightLoss) = (loss(1 / left, rows), loss(1 / right, rows))
        while high - low > 1e-6 {
            if leftLoss < rightLoss {
                (high, right, rightLoss) = (right, left, leftLoss)
                left = high - ratio * (high - low)
                leftLoss = loss(1 / left, rows)
            } else {
                (low, left, leftLoss) = (left, right, rightLoss)
                right = low + ratio * (high - low)
                rightLoss = loss(1 / right, rows)
            }
        }
        return 2 / (low + high)
    }
}
