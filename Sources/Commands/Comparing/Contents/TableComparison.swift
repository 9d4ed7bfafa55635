import Columns
import StageSchemas
import Texts

/// Compares two tables by row and column.
struct TableComparison {
    /// What differs in a column that both tables have.
    private struct ColumnChange {
        let name: String
        var types: (before: ColumnType, after: ColumnType)?
        var count = 0
        var largest: Double?
        var sum = 0.0
        var examples: [(row: String, before: String, after: String)] = []
    }

    private static let examplesPerColumn = 3

    private let before: Table
    private let after: Table
    private let key: String?

    /// - Throws: `CommandFailure` if a table lacks the requested key column.
    init(before: Table, after: Table, key: String?) throws {
        self.before = before
        self.after = after
        if let key {
            for table in [before, after] where table[key] == nil {
                let hint = didYouMean(key, among: table.schema.names) ?? ""
                throw CommandFailure.usage("the table has no column '\(key)'\(hint)")
            }
            self.key = key
        } else {
            self.key = before["id"] != nil && after["id"] != nil ? "id" : nil
        }
    }

    /// What differs.
    func difference() throws -> ContentDifference {
        let rows = try RowMatches(before, after, key: key)
        let (old, new) = (before.schema.names, after.schema.names)
        let shared = old.filter { new.contains($0) }
        let changes = shared.compactMap { change($0, rows) }
        let removed = old.filter { !new.contains($0) }
        let added = new.filter { !old.contains($0) }
        var difference = ContentDifference(format: "table", details: details(rows, changes, added, removed))
        difference.sentences = sentences(rows, added, removed)
        difference.add(
            "Columns", ["column", ">rows that differ", ">mean difference", ">largest", "type"],
            changes.prefix(ContentDifference.limit).map { change in
                [
                    change.name, Amounts.grouped(change.count),
                    change.largest == nil ? "" : Amounts.number(change.sum / Double(max(1, change.count))),
                    change.largest.map(Amounts.number) ?? "",
                    change.types.map { "\($0.before) → \($0.after)" } ?? "",
                ]
            }, total: changes.count)
        let examples = changes.flatMap { change in
            change.examples.map { [change.name, $0.row, $0.before, $0.after] }
        }
        difference.add(
            "Examples", ["column", key ?? "row", "before", "after"],
            Array(examples.prefix(ContentDifference.limit)),
            total: examples.count)
        return difference
    }

    private func sentences(_ rows: RowMatches, _ added: [String], _ removed: [String]) -> [String] {
        var sentences = [
            "rows: \(Amounts.grouped(rows.pairs.count)) in both, \(Amounts.grouped(rows.onlyBefore.count)) only before, "
                + "\(Amounts.grouped(rows.onlyAfter.count)) only after; matched by "
                + (key.map { "'\($0)'" } ?? "position")
        ]
        if !rows.onlyBefore.isEmpty { sentences.append("only before: " + names(rows.onlyBefore, before)) }
        if !rows.onlyAfter.isEmpty { sentences.append("only after: " + names(rows.onlyAfter, after)) }
        if !removed.isEmpty { sentences.append("columns removed: " + removed.joined(separator: ", ")) }
        if !added.isEmpty { sentences.append("columns added: " + added.joined(separator: ", ")) }
        if rows.movedCount > 0 {
            sentences.append("rows at a different position: \(Amounts.grouped(rows.movedCount))")
        }
        return sentences
    }

    private func names(_ rows: [Int], _ table: Table) -> String {
        let shown = rows.prefix(5).map { label($0, table) }.joined(separator: ", ")
        return shown + (rows.count > 5 ? ", …" : "")
    }

    private func label(_ row: Int, _ table: Table) -> String {
        guard let key, let column = table[key] else { return String(row + 1) }
        return TablePreview.cell(column, row)
    }

    /// What differs in a column; nil if nothing does.
    private func change(_ name: String, _ rows: RowMatches) -> ColumnChange? {
        guard let old = before[name], let new = after[name] else { return nil }
        var change = ColumnChange(name: name)
        if old.type != new.type { change.types = (old.type, new.type) }
        for (left, right) in rows.pairs where !old.isEqual(at: left, as: new, at: right) {
            change.count += 1
            if let a = old.number(at: left), let b = new.number(at: right) {
                change.largest = max(change.largest ?? 0, abs(b - a))
                change.sum += b - a
            }
            if change.examples.count < Self.examplesPerColumn {
                change.examples.append(
                    (label(right, after), TablePreview.cell(old, left), TablePreview.cell(new, right)))
            }
        }
        return change.count > 0 || change.types != nil ? change : nil
    }

    private func details(
        _ rows: RowMatches, _ changes: [ColumnChange], _ added: [String], _ removed: [String]
    ) -> [String: Value] {
        [
            "key": key.map { .string($0) } ?? .null, "rowsInBoth": .integer(rows.pairs.count),
            "rowsOnlyBefore": .integer(rows.onlyBefore.count),
            "rowsOnlyAfter": .integer(rows.onlyAfter.count),
            "rowsMoved": .integer(rows.movedCount), "columnsAdded": .list(added.map { .string($0) }),
            "columnsRemoved": .list(removed.map { .string($0) }),
            "columns": .list(
                changes.map { change in
                    [
                        "name": .string(change.name), "rows": .integer(change.count),
                        "meanDifference": change.largest == nil
                            ? .null : Value(change.sum / Double(change.count)),
                        "largestDifference": Value(change.largest),
                        "typeBefore": change.types.map { .string("\($0.before)") } ?? .null,
                        "typeAfter": change.types.map { .string("\($0.after)") } ?? .null,
                    ]
                }),
        ]
    }
}
