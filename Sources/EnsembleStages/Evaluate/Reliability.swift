import Comparisons
import Glibc
import Predictions

/// Calibration: whether predicted probabilities match observed frequencies.
struct Reliability: Sendable {
    /// Predictions within a tenth of the probability range.
    struct Bin: Sendable {
        /// The tenth: 0 for probabilities below 0.1.
        let tenth: Int
        let count: Int
        /// The mean predicted probability.
        let predicted: Double
        /// The observed frequency.
        let observed: Double
        /// The 95 % interval of the frequency (Wilson, 1927).
        let interval: (low: Double, high: Double)
    }

    /// What was predicted: a label, or the most likely one.
    let name: String
    /// The non-empty bins, from the lowest probability.
    let bins: [Bin]

    /// The most likely label first, then each label separately.
    static func all(_ rows: [ScoredRow]) -> [Reliability] {
        func chances(_ label: ComparisonLabel) -> [(predicted: Double, isTrue: Bool)] {
            rows.map { ($0.probabilities[label], $0.label == label) }
        }
        return [
            Reliability(
                "most likely label",
                rows.map { row in
                    let guess = row.probabilities.mostLikely
                    return (row.probabilities[guess], row.label == guess)
                }),
            Reliability("A wins", chances(.a)), Reliability("B wins", chances(.b)),
            Reliability("tie", chances(.tie)),
        ]
    }

    private init(_ name: String, _ chances: [(predicted: Double, isTrue: Bool)]) {
        self.name = name
        var sums = [(count: Int, predicted: Double, hits: Int)](repeating: (0, 0, 0), count: 10)
        for (predicted, isTrue) in chances {
            let tenth = min(9, max(0, Int(predicted * 10)))
            sums[tenth].count += 1
            sums[tenth].predicted += predicted
            sums[tenth].hits += isTrue ? 1 : 0
        }
        bins = sums.enumerated().compactMap { tenth, sum in
            guard sum.count > 0 else { return nil }
            let count = Double(sum.count)
            let share = Double(sum.hits) / count
            return Bin(
                tenth: tenth, count: sum.count, predicted: sum.predicted / count, observed: share,
                interval: Self.wilson(share, count))
        }
    }

    private static func wilson(_ share: Double, _ count: Double) -> (low: Double, high: Double) {
        let z = 1.959963984540054
        let scale = 1 + z * z / count
        let center = (share + z * z / (2 * count)) / scale
        let half = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / scale
        return (max(0, center - half), min(1, center + half))
    }
}
