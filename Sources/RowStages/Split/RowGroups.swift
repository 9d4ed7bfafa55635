import Columns
import Comparisons
import Digests
import Groups

/// The groups of a table's rows: rows that any rule connects, transitively.
struct RowGroups: Sendable {
    /// The groups, by first appearance.
    private(set) var groups: [FoldAssignment.Group] = []
    /// Each row's group, as an index into `groups`.
    private(set) var indices: [Int] = []
    /// The name of each row's group: its name in the data, or 32 digits of its key.
    private(set) var names: [String] = []

    init(_ rows: ComparisonTable, _ rules: [RowKeys]) {
        let rules = rules.isEmpty ? [RowKeys(rowsOf: rows)] : rules
        var sets = DisjointSets(count: rows.count)
        for rule in rules {
            var first: [Digest: Int] = [:]
            for (row, key) in rule.keys.enumerated() {
                if let other = first[key] { sets.join(other, row) } else { first[key] = row }
            }
        }
        let owners = sets.names()
        // A group is identified by the smallest key of its rows, so that their order does not matter.
        var keys: [Int: Digest] = [:]
        for (row, owner) in owners.enumerated() {
            let key = rules[0].keys[row]
            keys[owner] = keys[owner].map { min($0, key) } ?? key
        }
        var known: [Int: Int] = [:]
        indices.reserveCapacity(rows.count)
        names.reserveCapacity(rows.count)
        for (row, owner) in owners.enumerated() {
            let key = keys[owner] ?? rules[0].keys[row]
            let index = known[owner] ?? groups.count
            if index == groups.count {
                known[owner] = index
                groups.append(FoldAssignment.Group(key: key, labels: [0, 0, 0, 0]))
            }
            let label = rows.label(row).flatMap { ComparisonLabel.allCases.firstIndex(of: $0) }
            groups[index].labels[label ?? 3] += 1
            indices.append(index)
            let own = rules.count == 1 && !rules[0].names.isEmpty
            names.append(own ? rules[0].names[row] : String(key.hexadecimal.prefix(32)))
        }
    }
}
