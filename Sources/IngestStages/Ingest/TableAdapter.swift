import Columns
import Comparisons
import StageKit

/// Turns batches of a Parquet or Arrow table into rows: `kaggle` or `canonical`.
struct TableAdapter: Sendable {
    let format: IngestFormat
    let rules: IngestRules

    /// The columns that are read, if they exist.
    static func columns(_ format: IngestFormat) -> [String] {
        let attributes = ["model_a", "model_b", "source", "language", "group"]
        return format.required + attributes + IngestFormat.winners + IngestFormat.words
    }

    /// The number of rows, and of those whose prompt and answers all look like lists.
    func listRows(_ table: Table) throws -> (rows: Int, lists: Int) {
        let cells = try ["prompt", "response_a", "response_b"].map { try ListCells(table, $0, rules) }
        return (table.rowCount, (0..<table.rowCount).count { row in cells.allSatisfy { $0.isList(row) } })
    }

    /// The rows of a batch.
    func batch(_ table: Table, firstRow: Int) throws -> IngestBatch {
        let id = try cells(table, "id")
        let attributes = try ["model_a", "model_b", "source", "language", "group"].map { name in
            table[name] == nil ? nil : try cells(table, name)
        }
        let turns = try turns(table)
        let label = try labels(table)
        var batch = IngestBatch(rules)
        for row in 0..<table.rowCount {
            batch.add(row: firstRow + row) { (draft) throws(Reject) in
                draft.id = try id.text(row) ?? []
                try turns(row, &draft)
                func attribute(_ index: Int) throws(Reject) -> ArraySlice<UInt8>? {
                    guard let text = try attributes[index]?.text(row), !text.isEmpty else { return nil }
                    return text
                }
                draft.modelA = try attribute(0)
                draft.modelB = try attribute(1)
                draft.source = try attribute(2)
                draft.language = try attribute(3)
                draft.group = try attribute(4)
                draft.label = try label(row, &draft.rules)
            }
        }
        return batch
    }

    /// Fills the three lists of a row.
    private typealias Turns = (Int, inout IngestDraft) throws(Reject) -> Void

    private func turns(_ table: Table) throws -> Turns {
        let prompt = try ListCells(table, "prompt", rules)
        let responseA = try ListCells(table, "response_a", rules)
        let responseB = try ListCells(table, "response_b", rules)
        return { (row, draft) throws(Reject) in
            try prompt.read(row, &draft.prompt, &draft.rules)
            try responseA.read(row, &draft.responseA, &draft.rules)
            try responseB.read(row, &draft.responseB, &draft.rules)
        }
    }

    /// The label of a row; records which rules were applied.
    private typealias Labels = (Int, inout AppliedRules) throws(Reject) -> ComparisonLabel?

    private func labels(_ table: Table) throws -> Labels {
        let rules = rules
        if rules.labels == .absent { return { _, _ in nil } }
        let perColumn = rules.perColumn
        let words = try IngestFormat.words.filter { table[$0] != nil }.map { try cells(table, $0) }
        let hasMarks = IngestFormat.winners.allSatisfy { table[$0] != nil }
        let marks = try hasMarks ? IngestFormat.winners.map { try cells(table, $0) } : []
        return { (row, applied) throws(Reject) in
            var labels: [ComparisonLabel?] = []
            if hasMarks {
                var values: [Bool] = []
                for mark in marks { values.append(try IngestRules.mark(mark.text(row) ?? [], mark.name)) }
                labels.append(try perColumn.label(a: values[0], b: values[1], tie: values[2]))
            }
            for word in words {
                let text = String(decoding: try word.text(row) ?? [], as: UTF8.self)
                labels.append(try perColumn.label(winner: text, column: word.name, &applied))
            }
            return try rules.label(of: labels)
        }
    }

    private func cells(_ table: Table, _ name: String) throws -> TextCells {
        try TextCells(table, name, limit: rules.maximumCellBytes)
    }
}
