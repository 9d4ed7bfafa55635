import Columns
import Comparisons
import Groups
import StageSchemas

/// The groups of a table's rows, and the report about them.
struct NearDuplicateGroups {
    private let table: ComparisonTable
    /// The first row of each row's group.
    private let groups: [Int]
    /// The members of groups of two or more, by their first row.
    private let members: [(group: Int, rows: [Int])]
    /// The name of each row's group: the smallest id in it.
    private let names: [String]

    /// The sizes of groups of two or more, largest first.
    var sizes: [Int] { members.map(\.rows.count).sorted(by: >) }

    /// - Parameter joinsNamedGroups: whether rows with the same value in the column `group` form one group too.
    init(_ table: ComparisonTable, _ search: NearDuplicateSearch, joinsNamedGroups: Bool) {
        self.table = table
        var sets = DisjointSets(count: table.count)
        for (row, group) in search.groups.enumerated() { sets.join(row, group) }
        if joinsNamedGroups {
            var firsts: [[UInt8]: Int] = [:]
            for row in 0..<table.count {
                guard let name = table.group.utf8(at: row) else { continue }
                sets.join(firsts[Array(name), default: row], row)
                firsts[Array(name)] = min(row, firsts[Array(name)] ?? row)
            }
        }
        groups = sets.names()
        var rows: [Int: [Int]] = [:]
        for (row, group) in groups.enumerated() where group != row {
            rows[group, default: [group]].append(row)
        }
        members = rows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var names = (0..<table.count).map { table.id[$0] ?? "" }
        for (_, rows) in members {
            let least = rows.map { names[$0] }.min { $0.utf8.lexicographicallyPrecedes($1.utf8) } ?? ""
            for row in rows { names[row] = least }
        }
        self.names = names
    }

    /// The rows that are kept, one per group, in order.
    func kept(prefersLabelled: Bool) -> [Int] {
        var chosen: [Int: Int] = [:]
        for (group, rows) in members {
            let labelled = prefersLabelled ? rows.first { table.label($0) != nil } : nil
            chosen[group] = labelled ?? rows.first
        }
        return groups.indices.filter { row in (chosen[groups[row]] ?? row) == row }
    }

    /// The table with the group names in its column `group`; null for a row without near-duplicates.
    func marked() throws -> Table {
        var isGrouped = [Bool](repeating: false, count: table.count)
        for (_, rows) in members {
            for row in rows { isGrouped[row] = true }
        }
        let column = StringColumn(names.indices.map { isGrouped[$0] ? names[$0] : nil })
        return try Table(
            zip(table.table.schema.names, table.table.columns).map { name, values in
                (name, name == "group" ? .string(column) : values)
            })
    }

    /// Every row's group.
    func named() throws -> Table {
        try Table([("id", .string(table.id)), ("group", .string(StringColumn(names)))])
    }

    /// The links that connect the groups.
    func links(_ search: NearDuplicateSearch) throws -> Table {
        var (ids, others) = (StringColumn.Builder(), StringColumn.Builder())
        for link in search.links {
            ids.append(table.id[link.first])
            others.append(table.id[link.second])
        }
        return try Table([
            ("id", .string(ids.finish())), ("other_id", .string(others.finish())),
            ("similarity", .floating(FloatingColumn(search.links.map(\.similarity)))),
        ])
    }

    /// The counts.
    func report(_ search: NearDuplicateSearch, _ banding: Banding, threshold: Double, kept: Int) -> Value {
        let sizes = sizes
        var bySize: [String: Int] = [:]
        for size in sizes { bySize[String(size), default: 0] += 1 }
        var sources: [String: Int] = [:]
        for (_, rows) in members {
            let names = Set(rows.map { table.source[$0] ?? "" }).sorted()
            sources[names.joined(separator: " + "), default: 0] += 1
        }
        let chance = (banding.probability(atSimilarity: threshold) * 1e6).rounded() / 1e6
        return [
            "rows": .integer(table.count), "kept": .integer(kept),
            "groups": .integer(sizes.count), "rowsInGroups": .integer(sizes.reduce(0, +)),
            "largestGroup": .integer(sizes.first ?? 0),
            "sizes": .map(bySize.mapValues { .integer($0) }),
            "sources": .map(sources.mapValues { .integer($0) }),
            "equalButForCaseAndSpaces": .integer(search.copies), "withoutText": .integer(search.empty),
            "compared": .integer(search.compared), "links": .integer(search.links.count),
            "bands": .integer(banding.bands), "placesPerBand": .integer(banding.rows),
            "chanceToFindAPairAtTheThreshold": .number(chance),
        ]
    }
}
