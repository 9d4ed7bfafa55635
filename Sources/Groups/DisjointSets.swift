/// Numbers 0 ..< `count` in sets that are joined two by two (union-find with path halving).
///
/// A set is named by its least member, so that the result does not depend on the order in which sets were joined.
package struct DisjointSets: Sendable {
    private var parents: [Int]

    /// Sets of one member each.
    package init(count: Int) { parents = Array(0..<count) }

    /// How many members there are in all.
    package var count: Int { parents.count }

    /// The least member of a member's set. Complexity: O(log count), amortised.
    package mutating func find(_ member: Int) -> Int {
        var member = member
        while parents[member] != member {
            parents[member] = parents[parents[member]]
            member = parents[member]
        }
        return member
    }

    /// Joins the sets of two members; false where they were one already.
    @discardableResult package mutating func join(_ first: Int, _ second: Int) -> Bool {
        let (left, right) = (find(first), find(second))
        guard left != right else { return false }
        parents[max(left, right)] = min(left, right)
        return true
    }

    /// Each member's set, named by its least member.
    package func names() -> [Int] {
        var parents = parents
        // A parent is never greater than its child, so that its name is known first.
        for member in parents.indices { parents[member] = parents[parents[member]] }
        return parents
    }
}
