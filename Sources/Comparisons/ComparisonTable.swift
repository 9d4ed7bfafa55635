package import Columns
package import Files

/// The comparison table, `rows.parquet`, which every stage of the preference pipeline reads and writes.
///
/// | column | type | |
/// |---|---|---|
/// | `id` | string | unique after `deduplicate` |
/// | `source` | string | the source of the row |
/// | `model_a`, `model_b` | string or null | |
/// | `prompt`, `response_a`, `response_b` | list of strings or nulls | one element per turn, all of the same length |
/// | `label` | `a`, `b`, `tie` or null | |
/// | `language`, `group` | string or null | |
///
/// `augment` adds copies of rows with their sides exchanged. The id of such a copy is that of its original plus
/// ``SwappedCopy/suffix``; packed rows keep the id. A trainer that wants both orientations in one optimizer step puts
/// rows with the same ``SwappedCopy/original(of:)`` together.
package struct ComparisonTable: Sendable {
    /// The underlying table.
    package let table: Table
    /// The ids.
    package let id: StringColumn
    /// The sources.
    package let source: StringColumn
    /// The models of response A.
    package let modelA: StringColumn
    /// The models of response B.
    package let modelB: StringColumn
    /// The prompts of each row's turns.
    package let prompt: StringLists
    /// Response A of each row's turns.
    package let responseA: StringLists
    /// Response B of each row's turns.
    package let responseB: StringLists
    /// The languages.
    package let language: StringColumn
    /// The groups.
    package let group: StringColumn
    private let labels: [ComparisonLabel?]

    /// The names of the columns, in order.
    package static let columns = [
        "id", "source", "model_a", "model_b", "prompt", "response_a", "response_b", "label", "language",
        "group",
    ]

    /// Interprets a table; throws if a column is missing or has the wrong type, or a label is unknown.
    package init(_ table: Table) throws(ColumnsError) {
        self.table = table
        id = try table.completeStrings("id")
        source = try table.completeStrings("source")
        modelA = try table.strings("model_a")
        modelB = try table.strings("model_b")
        prompt = try StringLists(table.lists("prompt"), name: "prompt")
        responseA = try StringLists(table.lists("response_a"), name: "response_a")
        responseB = try StringLists(table.lists("response_b"), name: "response_b")
        try StringLists.checkTurns(id, prompt, responseA, responseB)
        language = try table.strings("language")
        group = try table.strings("group")
        labels = try ComparisonTable.labels(table.strings("label"))
    }

    /// Reads a whole table.
    package static func read(_ path: FilePath) throws -> ComparisonTable {
        try ComparisonTable(Table.read(path))
    }

    /// The number of rows.
    package var count: Int { table.rowCount }

    /// The winner of a row; nil if it is unlabeled.
    package func label(_ row: Int) -> ComparisonLabel? { labels[row] }

    /// A row as a value.
    package subscript(row: Int) -> Comparison {
        Comparison(
            id: id[row] ?? "", source: source[row] ?? "", modelA: modelA[row], modelB: modelB[row],
            prompt: prompt.strings(ofRow: row), responseA: responseA.strings(ofRow: row),
            responseB: responseB.strings(ofRow: row), label: labels[row], language: language[row],
            group: group[row])
    }

    /// The labels in a column; throws if one is not `a`, `b`, `tie` or null.
    package static func labels(_ column: StringColumn) throws(ColumnsError) -> [ComparisonLabel?] {
        var labels: [ComparisonLabel?] = []
        labels.reserveCapacity(column.count)
        for row in 0..<column.count {
            guard let text = column[row] else {
                labels.append(nil)
                continue
            }
            guard let label = ComparisonLabel(rawValue: text) else {
                throw ColumnsError("column 'label', row \(row + 1): '\(text)' is not one of a, b, tie")
            }
            labels.append(label)
        }
        return labels
    }
}
