import Comparisons
import Digests

/// Which rows of several tables are kept, and which row stands for each of the others.
struct DuplicateSearch: Sendable {
    /// A row of one of the tables.
    struct Place: Sendable, Hashable {
        var table: Int
        var row: Int
    }

    /// Which of a set of duplicates is kept.
    struct Rule: Sendable {
        /// The last instead of the first.
        var keepsLast = false
        /// The first (or last) labelled one, where there is one.
        var prefersLabelled = true
        /// Rows of one table are duplicates too.
        var looksWithinTables = true
    }

    /// The rows kept of each table, in order.
    private(set) var kept: [[Int]]
    /// The rows left out, in order, each with the row that is kept in its place. That row's table is `tables.count` or more where
    /// it is one of the tables whose rows are not wanted.
    private(set) var duplicates: [(row: Place, kept: Place)] = []
    /// How many rows are left out because a table whose rows are not wanted has them.
    private(set) var unwanted = 0

    /// - Parameters:
    ///   - keys: the keys of each table's rows; duplicates have the same.
    ///   - unwantedKeys: the keys of tables whose rows, and their duplicates, are left out.
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
                    rule.looksWithinTables || keeper.table != table
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
