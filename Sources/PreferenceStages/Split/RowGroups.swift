import Columns
import Digests

/// The groups of a table's rows.
struct RowGroups: Sendable {
    /// The groups, by first appearance.
    private(set) var groups: [FoldAssignment.Group] = []
    /// Each row's group: an index into `groups`.
    private(set) var indices: [Int] = []
    /// Each row's key.
    let keys: [Digest]
    /// Each row's group, for people: the `group` column's value, or 32 digits of the key.
    private(set) var names: [String] = []

    init(_ rows: ComparisonTable, _ rule: Split.GroupRule, threads: Int) throws {
        var keys = try rows.keys(by: rule == .prompt ? .prompt : .conversation, threads: threads)
        names = keys.map { String($0.hexadecimal.prefix(32)) }
        if rule == .group {
            for row in 0..<rows.count {
                guard let group = rows.group.utf8(at: row) else { continue }
                // Another length than a digest's, so that no conversation's key can be the same.
                keys[row] = SHA256.digest(of: Array("group:".utf8) + group)
                names[row] = String(decoding: group, as: UTF8.self)
            }
        }
        self.keys = keys
        var known: [Digest: Int] = [:]
        indices.reserveCapacity(keys.count)
        for (row, key) in keys.enumerated() {
            let index = known[key] ?? groups.count
            if index == groups.count {
                known[key] = index
                groups.append(FoldAssignment.Group(key: key, labels: [0, 0, 0, 0]))
            }
            let label = rows.label(row).flatMap { ComparisonLabel.allCases.firstIndex(of: $0) }
            groups[index].labels[label ?? 3] += 1
            indices.append(index)
        }
    }
}
