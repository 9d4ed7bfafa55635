import Columns
import Comparisons
import Texts

/// The ids of the kept rows, made unique across tables.
struct UniqueIdentifiers: Sendable {
    /// The new id of rows that could not keep theirs, by table and row.
    private let names: [DuplicateSearch.Place: String]
    /// The ids of each table's kept rows.
    private let identifiers: [[String]]
    private let tables: [ComparisonTable]

    /// The number of rows with a new id.
    var renamed: Int { names.count }

    init(tables: [ComparisonTable], kept: [[Int]]) {
        self.tables = tables
        // Rows that keep their ids come first, so that a generated id never takes one away.
        var taken = Set<[UInt8]>()
        var colliding: [DuplicateSearch.Place] = []
        for (table, rows) in kept.enumerated() {
            for row in rows where !taken.insert(Array(tables[table].id.utf8(at: row) ?? [])).inserted {
                colliding.append(DuplicateSearch.Place(table: table, row: row))
            }
        }
        var names: [DuplicateSearch.Place: String] = [:]
        // The next number for each id, so that many rows with the same id do not count from the beginning.
        var numbers: TextMap<Int> = [:]
        for place in colliding {
            let table = tables[place.table]
            let base = (table.source[place.row] ?? "") + "/" + (table.id[place.row] ?? "")
            var name = base
            var number = numbers[base] ?? 1
            if number > 1 { name = base + "#\(number)" }
            while !taken.insert(Array(name.utf8)).inserted {
                number += 1
                name = base + "#\(number)"
            }
            numbers[base] = number + 1
            names[place] = name
        }
        self.names = names
        let renamed = names
        identifiers = kept.enumerated().map { table, rows in
            guard !renamed.isEmpty else { return [] }
            return rows.map { row in
                renamed[DuplicateSearch.Place(table: table, row: row)] ?? tables[table].id[row] ?? ""
            }
        }
    }

    /// A row's id in the output.
    func name(of place: DuplicateSearch.Place) -> String? {
        names[place] ?? tables[place.table].id[place.row]
    }

    /// A table of kept rows, with its new ids.
    func renaming(_ chosen: Table, _ table: Int) throws -> Table {
        guard !names.isEmpty else { return chosen }
        return try Table(
            zip(chosen.schema.names, chosen.columns).map { name, column in
                (name, name == "id" ? .string(StringColumn(identifiers[table])) : column)
            })
    }
}
