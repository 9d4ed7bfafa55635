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
        switch format {
        case .kaggle: return format.required + attributes + IngestFormat.winners + ["label"]
        case .canonical: return format.required + attributes + ["label"]
        default: return []
        }
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
        let prompt = try ListCells(table, "prompt", limit: rules.maximumCellBytes)
        let responseA = try ListCells(table, "response_a", limit: rules.maximumCellBytes)
        let responseB = try ListCells(table, "response_b", limit: rules.maximumCellBytes)
        return { (row, draft) throws(Reject) in
            try prompt.read(row, &draft.prompt)
            try responseA.read(row, &draft.responseA)
            try responseB.read(row, &draft.responseB)
        }
    }

    /// The label of a row; records which rules were applied.
    private typealias Labels = (Int, inout AppliedRules) throws(Reject) -> ComparisonLabel?

    private func labels(_ table: Table) throws -> Labels {
        let rules = rules
        if rules.labels == .absent { return { _, _ in nil } }
        if format != .kaggle || table[IngestFormat.winners[0]] == nil {
            let words = try cells(table, "label")
            return { (row, applied) throws(Reject) in
                try rules.label(
                    winner: String(decoding: try words.text(row) ?? [], as: UTF8.self), &applied)
            }
        }
        let marks = try IngestFormat.winners.map { name in try cells(table, name) }
        return { (row, _) throws(Reject) in
            var values = [false, false, false]
            for index in 0..<3 {
                values[index] = try IngestRules.mark(marks[index].text(row) ?? [], marks[index].name)
            }
            return try rules.label(a: values[0], b: values[1], tie: values[2])
        }
    }

    private func cells(_ table: Table, _ name: String) throws -> TextCells {
        try TextCells(table, name, limit: rules.maximumCellBytes)
    }
}
