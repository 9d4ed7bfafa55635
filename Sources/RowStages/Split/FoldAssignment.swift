import Digests
import Randomness

/// Assigns groups to folds with given sizes and equal label shares; nearly all groups keep their fold as others come and go.
///
/// A group's preferred fold depends only on a seeded digest of its key. By chance, such folds are slightly uneven, so a
/// few groups are moved until moving any single group would not make sizes and labels more even. The order in which
/// groups are tried, and the folds that each tries, depend on its key too, and the moves that gain most come first; so
/// a few more or fewer rows change few of these moves. The order of rows or groups never matters.
enum FoldAssignment {
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
    /// Complexity: O(groups × folds × log rows), as a rule.
    ///
    /// - Parameter shares: the relative sizes of the folds, more than 0.
    static func assign(_ groups: [Group], shares: [Double], seed: Int) -> [Int] {
        let choices = groups.map { Choices($0.key, shares: shares, seed: seed) }
        var result = choices.map { Int($0.folds[0]) }
        var balance = FoldBalance(groups, result, shares: shares)
        // Small groups first: moving them affects the fewest rows.
        let order = groups.indices.map { (size: balance.size($0), draw: choices[$0].draw, index: $0) }
            .sorted { left, right in
                if left.size != right.size { return left.size < right.size }
                if left.draw != right.draw { return left.draw < right.draw }
                return groups[left.index].key < groups[right.index].key
            }

        /// Moves each group to the first of its preferred folds for which the move gains enough; false if no group moved.
        func moveAll(gain least: Double) -> Bool {
            var hasMoved = false
            for (size, _, index) in order {
                let fold = result[index]
                let needed = max(least * size, FoldBalance.leastGain)
                for choice in choices[index].folds where Int(choice) != fold {
                    guard balance.gain(index, from: fold, to: Int(choice)) > needed else { continue }
                    balance.move(index, from: fold, to: Int(choice))
                    result[index] = Int(choice)
                    hasMoved = true
                    break
                }
            }
            return hasMoved
        }
        // The moves that gain most come first. A gain of less than one row does not make the folds more even.
        let rows = groups.reduce(0) { $0 + $1.size }
        var gain = balance.greatestGainPerRow
        while gain * Double(rows) > 1 {
            _ = moveAll(gain: gain)
            gain /= 2
        }
        // Each move makes the folds more even, so this terminates.
        while moveAll(gain: 0) {}
        return result
    }

    /// What depends only on a group's key.
    private struct Choices: Sendable {
        /// All folds, the preferred ones first; the first is drawn by the folds' shares.
        let folds: [Int32]
        /// The group's rank among those of its size.
        let draw: UInt64

        init(_ key: Digest, shares: [Double], seed: Int) {
            var stream = 0
            for byte in key.bytes.prefix(8) { stream = stream << 8 | Int(byte) }
            var random = SeededGenerator(seed: seed, stream: stream)
            draw = random.next()
            let point = random.uniform() * shares.reduce(0, +)
            var first = 0
            var end = shares[0]
            while point >= end, first < shares.count - 1 {
                first += 1
                end += shares[first]
            }
            var others = (0..<Int32(shares.count)).filter { $0 != first }
            random.shuffle(&others)
            folds = [Int32(first)] + others
        }
    }
}
