/// How even folds are: the sum of squared counts of rows and of each label, over the folds' shares.
///
/// It is least if every fold has its share of the rows and of every label.
struct FoldBalance: Sendable {
    /// Less than any real gain, and more than rounding makes one.
    static let leastGain = 1e-12

    /// One over each fold's share.
    private let weights: [Double]
    /// One over the rows in all, and of each label.
    private let scales: [Double]
    /// How many numbers stand for a group or a fold: rows, then rows of each label.
    private let width: Int
    private let groups: [Double]
    private var folds: [Double]

    /// The balance of groups in folds.
    init(_ groups: [FoldAssignment.Group], _ folds: [Int], shares: [Double]) {
        let width = (groups.first?.labels.count ?? 0) + 1
        var totals = [Double](repeating: 0, count: width)
        var counts = [Double](repeating: 0, count: shares.count * width)
        var numbers: [Double] = []
        numbers.reserveCapacity(groups.count * width)
        for (group, fold) in zip(groups, folds) {
            let own = [group.size] + group.labels
            for kind in 0..<width {
                numbers.append(Double(own[kind]))
                totals[kind] += Double(own[kind])
                counts[fold * width + kind] += Double(own[kind])
            }
        }
        self.width = width
        self.groups = numbers
        self.folds = counts
        weights = shares.map { 1 / $0 }
        scales = totals.map { 1 / max(1, $0) }
    }

    /// How many rows a group has.
    func size(_ group: Int) -> Double { groups[group * width] }

    /// How much more even the folds are once a group has moved; less than 0 if they are less so.
    func gain(_ group: Int, from source: Int, to target: Int) -> Double {
        var gain = 0.0
        for kind in 0..<width {
            let moved = groups[group * width + kind]
            guard moved > 0 else { continue }
            let freed = (2 * folds[source * width + kind] - moved) * weights[source]
            let taken = (2 * folds[target * width + kind] + moved) * weights[target]
            gain += moved * (freed - taken) * scales[kind]
        }
        return gain
    }

    /// Moves a group.
    mutating func move(_ group: Int, from source: Int, to target: Int) {
        for kind in 0..<width {
            folds[source * width + kind] -= groups[group * width + kind]
            folds[target * width + kind] += groups[group * width + kind]
        }
    }

    /// More than a move can gain per row.
    var greatestGainPerRow: Double {
        (0..<width).reduce(0) { sum, kind in
            let levels = weights.indices.map { folds[$0 * width + kind] * weights[$0] }
            return sum + 2 * ((levels.max() ?? 0) - (levels.min() ?? 0)) * scales[kind]
        }
    }
}
