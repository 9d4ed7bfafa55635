import Digests

/// Which rows of several tables are kept, and which row stands for each of the others.
struct DuplicateSearch: Sendable {
    /// A row of one of the tables.
    struct Place: Sendable, Hashable {
        var table: Int
        var row: Int
    }

    /// The rows kept of each table, in order.
    private(set) var kept: [[Int]]
    /// The rows left out, in order, each with the row that is kept in its place.
    private(set) var duplicates: [(row: Place, kept: Place)] = []

    init(tables: [ComparisonTable], keys: [[Digest]], prefersLabelled: Bool) {
        var chosen: [Digest: Place] = [:]
        func isLabelled(_ place: Place) -> Bool { tables[place.table].label(place.row) != nil }
        for (table, keys) in keys.enumerated() {
            for (row, key) in keys.enumerated() {
                let place = Place(table: table, row: row)
                guard let earlier = chosen[key] else {
                    chosen[key] = place
                    continue
                }
                if prefersLabelled && !isLabelled(earlier) && isLabelled(place) { chosen[key] = place }
            }
        }
        kept = [[Int]](repeating: [], count: tables.count)
        for (table, keys) in keys.enumerated() {
            for (row, key) in keys.enumerated() {
                let place = Place(table: table, row: row)
                guard let keeper = chosen[key], keeper != place else {
                    kept[table].append(row)
                    continue
                }
                duplicates.append((place, keeper))
            }
        }
    }
}
