import Glibc

/// The variation of the log loss between folds.
struct FoldSpread: Sendable {
    let folds: Int
    let mean: Double
    /// The sample standard deviation.
    let deviation: Double
    let lowest: Double
    let highest: Double

    /// The spread over the rows' folds; nil for fewer than two.
    init?(_ rows: [ScoredRow]) {
        var losses: [Int: (sum: Double, count: Int)] = [:]
        for row in rows {
            guard let fold = row.fold else { continue }
            losses[fold, default: (0, 0)].sum += row.loss
            losses[fold, default: (0, 0)].count += 1
        }
        let means = losses.sorted { $0.key < $1.key }.map { $0.value.sum / Double($0.value.count) }
        guard means.count > 1, let lowest = means.min(), let highest = means.max() else { return nil }
        let mean = means.reduce(0, +) / Double(means.count)
        let squares = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        folds = means.count
        self.mean = mean
        deviation = sqrt(squares / Double(means.count - 1))
        self.lowest = lowest
        self.highest = highest
    }
}
