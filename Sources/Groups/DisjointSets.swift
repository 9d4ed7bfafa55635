/// Disjoint sets of the numbers 0 ..< `count`, merged pairwise (union-find with path halving).
///
/// A set is identified by its smallest member, so that the result does not depend on the order of merging.
package struct DisjointSets: Sendable {
    private var parents: [Int]

    /// Sets of one member each.
    package init(count: Int) { parents = Array(0..<count) }

    /// The total number of members.
    package var count: Int { parents.count }

    /// The smallest member of a member's set. Complexity: O(log count), amortized.
    package mutating func find(_ member: Int) -> Int {
        var member = member
        while parents[member] != member {
            parents[member] = parents[parents[member]]
            member = parents[member]
        }
        return member
    }

    /// Merges the sets of two members; returns false if they already were one.
    @discardableResult package mutating func join(_ first: Int, _ second: Int) -> Bool {
        let (left, right) = (find(first), find(second))
        guard left != right else { return false }
        parents[max(left, right)] = min(left, right)
        return true
    }

    /// Each member's set, identified by its smallest member.
    package func names() -> [Int] {
        var parents = parents
        // A parent is never greater than its child, so its name is computed first.
        for member in parents.indices { parents[member] = parents[parents[member]] }
        return parents
    }
}
