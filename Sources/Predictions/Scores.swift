package import Comparisons

/// The quality of predictions on labeled rows.
package struct Scores: Sendable {
    /// The number of rows.
    package let count: Int
    /// The mean of −ln of the label's probability.
    package let logLoss: Double
    /// The share of rows whose most likely label is correct.
    package let accuracy: Double
    /// The mean over rows of Σ over labels (p − 1[actual])²: Brier's score of 1950, from 0 to 2.
    package let brier: Double
    /// The expected calibration error of the most likely label, in 15 bins of equal width (Guo et al., 2017).
    package let calibrationError: Double
    /// The confusion matrix: rows by actual label (A, B, tie) and predicted label.
    package let confusion: [[Int]]

    /// The scores of predictions; all 0 if there are none.
    package init(_ rows: [(probabilities: Probabilities, label: ComparisonLabel)]) {
        count = rows.count
        var loss = 0.0
        var hits = 0
        var squares = 0.0
        var confusion = [[Int]](repeating: [0, 0, 0], count: 3)
        var bins = [(count: Int, confidence: Double, hits: Int)](repeating: (0, 0, 0), count: 15)
        let labels: [ComparisonLabel] = [.a, .b, .tie]
        for (probabilities, label) in rows {
            loss += probabilities.logLoss(label)
            let guess = probabilities.mostLikely
            let isHit = guess == label
            hits += isHit ? 1 : 0
            for (index, other) in labels.enumerated() {
                let difference = probabilities[other] - (other == label ? 1 : 0)
                squares += difference * difference
                if other == label, let column = labels.firstIndex(of: guess) { confusion[index][column] += 1 }
            }
            let bin = min(14, Int(probabilities[guess] * 15))
            bins[bin].count += 1
            bins[bin].confidence += probabilities[guess]
            bins[bin].hits += isHit ? 1 : 0
        }
        let total = Double(max(rows.count, 1))
        logLoss = loss / total
        accuracy = Double(hits) / total
        brier = squares / total
        calibrationError = bins.reduce(0) { $0 + abs($1.confidence - Double($1.hits)) } / total
        self.confusion = confusion
    }
}
