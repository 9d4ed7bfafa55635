import Columns
import Comparisons
import ConversationKeys
import Digests
import StageSchemas

/// The report about dropped rows.
struct DuplicateReport: Sendable {
    private var relations: [String: Int] = [:]
    private var pairs: [String: Int] = [:]
    private var agreeing = 0
    private var disagreeing = 0
    private var unlabelled = 0

    /// The table of dropped rows, which also counts them.
    mutating func table(
        of search: DuplicateSearch, tables: [ComparisonTable], names: UniqueIdentifiers
    ) throws -> Table {
        let columns = ["id", "source", "kept_id", "kept_source", "relation", "label", "kept_label"]
        var texts = [StringColumn.Builder](repeating: StringColumn.Builder(), count: columns.count)
        var agrees: [Bool?] = []
        for (place, keeper) in search.duplicates {
            let (table, other) = (tables[place.table], tables[keeper.table])
            let relation = DuplicateReport.relation(table, place.row, other, keeper.row)
            let (label, kept) = (table.label(place.row), other.label(keeper.row))
            // Different answers to the same prompt neither agree nor disagree.
            let agreement = (relation == "other" ? nil : label).flatMap { label in
                kept.map { (relation == "swapped" ? label.swapped : label) == $0 }
            }
            let source = table.source[place.row] ?? ""
            let keptSource = other.source[keeper.row] ?? ""
            relations[relation, default: 0] += 1
            pairs[source + " → " + keptSource, default: 0] += 1
            switch agreement {
            case true?: agreeing += 1
            case false?: disagreeing += 1
            case nil: unlabelled += relation == "other" ? 0 : 1
            }
            let values = [
                table.id[place.row], source,
                keeper.table < search.kept.count ? names.name(of: keeper) : other.id[keeper.row], keptSource,
                relation, label?.rawValue,
                kept?.rawValue,
            ]
            for (index, value) in values.enumerated() { texts[index].append(value) }
            agrees.append(agreement)
        }
        var result = zip(columns, texts).map { ($0, Column.string($1.finish())) }
        result.append(("agrees", .boolean(BooleanColumn(agrees))))
        return try Table(result)
    }

    /// Where each kept row comes from.
    static func provenance(
        of search: DuplicateSearch, tables: [ComparisonTable], names: UniqueIdentifiers
    ) throws -> Table {
        var texts = [StringColumn.Builder](repeating: StringColumn.Builder(), count: 3)
        var (inputs, numbers): ([Int64], [Int64]) = ([], [])
        for (input, rows) in search.kept.enumerated() {
            for row in rows {
                let place = DuplicateSearch.Place(table: input, row: row)
                texts[0].append(names.name(of: place))
                texts[1].append(tables[input].source[row])
                texts[2].append(tables[input].id[row])
                inputs.append(Int64(input))
                numbers.append(Int64(row + 1))
            }
        }
        return try Table([
            ("id", .string(texts[0].finish())), ("source", .string(texts[1].finish())),
            ("input", .integer(IntegerColumn(inputs))), ("row", .integer(IntegerColumn(numbers))),
            ("original_id", .string(texts[2].finish())),
        ])
    }

    /// The counts.
    func value(rows: Int, kept: Int, renamed: Int, unwanted: Int) -> Value {
        func counts(_ counts: [String: Int]) -> Value { .map(counts.mapValues { .integer($0) }) }
        return [
            "rows": .integer(rows), "kept": .integer(kept), "duplicates": .integer(rows - kept),
            "unwanted": .integer(unwanted),
            "renamed": .integer(renamed), "relations": counts(relations), "sources": counts(pairs),
            "labels": [
                "agree": .integer(agreeing), "disagree": .integer(disagreeing),
                "unlabelled": .integer(unlabelled),
            ],
        ]
    }

    /// How a duplicate relates to the kept row.
    private static func relation(
        _ left: ComparisonTable, _ row: Int, _ right: ComparisonTable, _ other: Int
    ) -> String {
        func equal(_ first: StringLists, _ second: StringLists) -> Bool {
            let (firsts, seconds) = (first.elements(ofRow: row), second.elements(ofRow: other))
            return firsts.count == seconds.count
                && zip(firsts, seconds).allSatisfy { first.utf8($0) == second.utf8($1) }
        }
        func strings(_ table: ComparisonTable, _ row: Int) -> Digest { table.key(row, by: .conversation) }
        guard equal(left.prompt, right.prompt) else {
            return strings(left, row) == strings(right, other) ? "reordered" : "other"
        }
        if equal(left.responseA, right.responseA) && equal(left.responseB, right.responseB) { return "same" }
        if equal(left.responseA, right.responseB) && equal(left.responseB, right.responseA) {
            return "swapped"
        }
        return strings(left, row) == strings(right, other) ? "reordered" : "other"
    }
}
