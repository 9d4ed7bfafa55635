import Comparisons
import Digests

/// Determines which rows of several tables are kept, and which kept row represents each of the others.
struct DuplicateSearch: Sendable {
    /// The position of a row in one of the tables.
    struct Place: Sendable, Hashable {
        var table: Int
        var row: Int
    }

    /// Which row of a set of duplicates is kept.
    struct Rule: Sendable {
        /// Whether the last row is kept instead of the first.
        var keepsLast = false
        /// Whether the first (or last) labeled row is preferred.
        var prefersLabelled = true
        /// Whether rows of the same table can be duplicates.
        var searchesWithinTables = true
    }

    /// The kept rows of each table, in order.
    private(set) var kept: [[Int]]
    /// The dropped rows, in order, each with the row that is kept instead. The kept row's table is `tables.count` or
    /// higher if it is one of the excluded tables.
    private(set) var duplicates: [(row: Place, kept: Place)] = []
    /// The number of rows dropped because an excluded table contains them.
    private(set) var unwanted = 0

    /// - Parameters:
    ///   - keys: the keys of each table's rows; duplicates have equal keys.
    ///   - unwantedKeys: the keys of tables whose rows, and duplicates of these, are dropped.
    init(tables: [ComparisonTable], keys: [[Digest]], unwantedKeys: [[Digest]] = [], rule: Rule = Rule()) {
        var outside: [Digest: Place] = [:]
        for (table, keys) in unwantedKeys.enumerated() {
            for (row, key) in keys.enumerated() where outside[key] == nil {
                outside[key] = Place(table: tables.count + table, row: row)
            }
        }
        var chosen: [Digest: Place] = [:]
        func isLabelled(_ place: Place) -> Bool { tables[place.table].label(place.row) != nil }
        for (table, keys) in keys.enumerated() {
            for (row, key) in keys.enumerated() {
                let place = Place(table: table, row: row)
                guard let earlier = chosen[key] else {
                    chosen[key] = place
                    continue
                }
                let (has, had) = (isLabelled(place), isLabelled(earlier))
                let isBetter = rule.prefersLabelled && has != had ? has : rule.keepsLast
                if isBetter { chosen[key] = place }
            }
        }
        kept = [[Int]](repeating: [], count: tables.count)
        for (table, keys) in keys.enumerated() {
            for (row, key) in keys.enumerated() {
                let place = Place(table: table, row: row)
                if let other = outside[key] {
                    duplicates.append((place, other))
                    unwanted += 1
                    continue
                }
                guard let keeper = chosen[key], keeper != place,
                    rule.searchesWithinTables || keeper.table != table
                else {
                    kept[table].append(row)
                    continue
                }
                duplicates.append((place, keeper))
            }
        }
    }

    /// All rows of all tables.
    init(keepingAllOf tables: [ComparisonTable]) { kept = tables.map { Array(0..<$0.count) } }
}
