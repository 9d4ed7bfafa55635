/// How uneven folds are: the sum of squared counts of rows and of each label, divided by the folds' shares.
///
/// It is smallest if every fold has its share of the rows and of every label.
struct FoldBalance: Sendable {
    /// Smaller than any real gain, and larger than any rounding error.
    static let leastGain = 1e-12

    /// The reciprocal of each fold's share.
    private let weights: [Double]
    /// The reciprocals of the numbers of rows, in total and with each label.
    private let scales: [Double]
    /// The number of counts per group or fold: rows, then rows with each label.
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

    /// The number of rows in a group.
    func size(_ group: Int) -> Double { groups[group * width] }

    /// How much more even a move makes the folds; negative if it makes them less even.
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

    /// An upper bound on the gain of a move per row.
    var greatestGainPerRow: Double {
        (0..<width).reduce(0) { sum, kind in
            let levels = weights.indices.map { folds[$0 * width + kind] * weights[$0] }
            return sum + 2 * ((levels.max() ?? 0) - (levels.min() ?? 0)) * scales[kind]
        }
    }
}
