import StageKit

/// Which comparisons are predicted: all, or those with the longest rows.
struct LongestRows: Sendable {
    /// A share of the comparisons, rounded down; nil for all.
    let share: Double?
    /// The maximum number; nil for all.
    let count: Int?

    /// The selected comparisons, in order.
    ///
    /// - Parameter lengths: the number of tokens of each comparison's longest row; of equal ones, the first counts as
    ///   longer.
    func chosen(_ lengths: [Int]) -> [Int] {
        let limit = min(
            share.map { Int($0 * Double(lengths.count)) } ?? lengths.count, count ?? lengths.count)
        guard limit < lengths.count else { return Array(lengths.indices) }
        return lengths.indices.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }.prefix(limit).sorted()
    }
}
