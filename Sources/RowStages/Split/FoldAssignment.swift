import Digests
import Randomness

/// Assigns groups to folds with given sizes and equal label shares: largest first, each to the fold where it fits best.
///
/// The result depends only on the groups' sizes, their labels and a seeded digest of their keys, never on the order of
/// rows or groups.
struct FoldAssignment: Sendable {
    /// A group of rows that stay together.
    struct Group: Sendable, Hashable {
        /// Identifies the group.
        var key: Digest
        /// The number of rows per label: A, B, tie, none.
        var labels: [Int]
        /// The total number of rows.
        var size: Int { labels.reduce(0, +) }
    }

    /// The fold of each group, in the given order, for folds of equal size.
    static func assign(_ groups: [Group], folds: Int, seed: Int) -> [Int] {
        assign(groups, shares: [Double](repeating: 1, count: folds), seed: seed)
    }

    /// The fold of each group, in the given order.
    ///
    /// Complexity: O(groups × (log groups + folds)).
    ///
    /// - Parameter shares: the relative sizes of the folds, more than 0.
    static func assign(_ groups: [Group], shares: [Double], seed: Int) -> [Int] {
        let folds = shares.count
        let order = groups.indices.map { index in
            (index: index, size: groups[index].size, draw: draw(groups[index].key, seed: seed))
        }.sorted { left, right in
            if left.size != right.size { return left.size > right.size }
            if left.draw != right.draw { return left.draw < right.draw }
            return groups[left.index].key < groups[right.index].key
        }
        let kinds = groups.first?.labels.count ?? 0
        var totals = [Int](repeating: 0, count: kinds)
        for group in groups {
            for kind in 0..<kinds { totals[kind] += group.labels[kind] }
        }
        let rows = max(1, totals.reduce(0, +))
        var sizes = [Int](repeating: 0, count: folds)
        var counts = [[Int]](repeating: [Int](repeating: 0, count: kinds), count: folds)
        var result = [Int](repeating: 0, count: groups.count)
        for (index, size, draw) in order {
            let group = groups[index]
            // The increase of the sum of squared counts over shares, with each label relative to its total: lowest
            // where most is missing.
            func cost(_ fold: Int) -> Double {
                var cost = Double(size * (2 * sizes[fold] + size)) / Double(rows)
                for kind in 0..<kinds where group.labels[kind] > 0 {
                    let added = group.labels[kind]
                    cost += Double(added * (2 * counts[fold][kind] + added)) / Double(totals[kind])
                }
                return cost / shares[fold]
            }
            var best = Int(draw % UInt64(folds))
            var bestCost = cost(best)
            for step in 1..<max(folds, 2) where folds > 1 {
                let fold = (Int(draw % UInt64(folds)) + step) % folds
                let candidate = cost(fold)
                if candidate < bestCost { (best, bestCost) = (fold, candidate) }
            }
            result[index] = best
            sizes[best] += size
            for kind in 0..<kinds { counts[best][kind] += group.labels[kind] }
        }
        return result
    }

    private static func draw(_ key: Digest, seed: Int) -> UInt64 {
        var stream = 0
        for byte in key.bytes.prefix(8) { stream = stream << 8 | Int(byte) }
        var random = SeededGenerator(seed: seed, stream: stream)
        return random.next()
    }
}
