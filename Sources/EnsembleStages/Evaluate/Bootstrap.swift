import Parallelism
import Randomness
import Texts

/// The bootstrap over groups (Efron, 1979): resamples whole groups with replacement.
struct Bootstrap: Sendable {
    /// The 2.5 % and 97.5 % quantiles.
    typealias Interval = (low: Double, high: Double)

    let resamples: Int
    let seed: Int
    let threads: Int

    /// The intervals of the mean of each series over rows; empty without resamples, or without rows.
    ///
    /// All series are resampled together, so that differences between them are paired.
    ///
    /// - Parameters:
    ///   - series: one number per row, for each series.
    ///   - groups: each row's group.
    ///
    /// Complexity: O(resamples × groups × series).
    func intervals(_ series: [[Double]], groups: [String]) throws -> [Interval] {
        guard resamples > 0, !groups.isEmpty, !series.isEmpty else { return [] }
        let width = series.count + 1
        let sums = Self.sums(series, groups)
        let count = sums.count / width
        // Runs of resamples, each with its own random streams, so that the result does not depend on the threads.
        let run = 64
        let parts = try Parallel.map(count: (resamples + run - 1) / run, threads: threads) { part in
            (part * run..<min(resamples, (part + 1) * run)).map { resample in
                var generator = SeededGenerator(seed: seed, stream: resample)
                var total = [Double](repeating: 0, count: width)
                for _ in 0..<count {
                    let drawn = generator.integer(below: count) * width
                    for column in 0..<width { total[column] += sums[drawn + column] }
                }
                return total
            }
        }.flatMap { $0 }
        return series.indices.map { column in
            let means = parts.map { $0[column] / $0[series.count] }.sorted()
            return (Self.quantile(means, 0.025), Self.quantile(means, 0.975))
        }
    }

    /// The interval of the rows' log loss; nil without resamples.
    func interval(_ rows: [ScoredRow]) throws -> Interval? {
        try intervals([rows.map(\.loss)], groups: rows.map(\.group)).first
    }

    /// Per group, the sums of each series and the number of rows.
    private static func sums(_ series: [[Double]], _ groups: [String]) -> [Double] {
        let width = series.count + 1
        var indices: TextMap<Int> = [:]
        var sums: [Double] = []
        for (row, group) in groups.enumerated() {
            let index = indices[group] ?? indices.count
            if index == indices.count {
                indices[group] = index
                sums += [Double](repeating: 0, count: width)
            }
            for (column, values) in series.enumerated() { sums[index * width + column] += values[row] }
            sums[index * width + series.count] += 1
        }
        return sums
    }

    private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let position = share * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}
