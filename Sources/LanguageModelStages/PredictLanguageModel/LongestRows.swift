import StageKit

/// Which comparisons are predicted: all, or those with the longest rows.
struct LongestRows: Sendable {
    /// A share of the comparisons, rounded down; nil for all.
    let share: Double?
    /// No more than so many; nil for all.
    let count: Int?

    /// The chosen among the comparisons, in their order.
    ///
    /// - Parameter lengths: the tokens of each comparison's longest row; of equal ones the first is longer.
    func chosen(_ lengths: [Int]) -> [Int] {
        let limit = min(
            share.map { Int($0 * Double(lengths.count)) } ?? lengths.count, count ?? lengths.count)
        guard limit < lengths.count else { return Array(lengths.indices) }
        return lengths.indices.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }.prefix(limit).sorted()
    }
}
