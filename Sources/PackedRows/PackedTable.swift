package import Columns
package import Comparisons
package import Files

/// The packed table, `packed.parquet`: the turns of each comparison that a model reads, and their text.
///
/// | column | type | |
/// |---|---|---|
/// | `id` | string | as in the comparison table; rows of one comparison are consecutive |
/// | `part`, `parts` | integer | the index among the comparison's rows, from 0, and their number |
/// | `source` | string | as in the comparison table |
/// | `label`, `language`, `group` | string or null | as in the comparison table, but the label refers to A and B as shown |
/// | `model_a`, `model_b` | string or null | the models as shown |
/// | `swapped` | boolean | whether A and B are exchanged |
/// | `turns`, `total_turns` | integer | the number of turns in this row, and in the comparison |
/// | `overflow` | boolean | whether the row is a single turn that was too long |
/// | `truncated` | boolean | whether anything was cut off |
/// | `prompt`, `response_a`, `response_b` | list of strings | the turns, with nulls replaced; truncated in an overflow |
/// | `text` | string | the text for a model: the blocks of all turns, see ``TurnBlock`` |
/// | `tokens` | list of integers | with a template: the tokens for a model, up to the label |
/// | `answers` | list of integers | with a template: the tokens of A, B and tie, and of the end if there is one |
package struct PackedTable: Sendable {
    /// The underlying table.
    package let table: Table
    /// The ids.
    package let id: StringColumn
    /// The index of each row among its comparison's rows.
    package let part: IntegerColumn
    /// The sources.
    package let source: StringColumn
    /// The languages.
    package let language: StringColumn
    /// The groups.
    package let group: StringColumn
    /// The models shown as A.
    package let modelA: StringColumn
    /// The models shown as B.
    package let modelB: StringColumn
    /// Whether A and B are exchanged.
    package let swapped: BooleanColumn
    /// The number of turns in the row.
    package let turns: IntegerColumn
    /// The number of turns of the comparison.
    package let totalTurns: IntegerColumn
    /// Whether the row is a single turn that was too long.
    package let overflow: BooleanColumn
    /// Whether anything was truncated.
    let truncated: BooleanColumn
    /// The prompts of the turns.
    package let prompt: StringLists
    /// Response A of the turns.
    package let responseA: StringLists
    /// Response B of the turns.
    package let responseB: StringLists
    /// The texts for a model.
    package let text: StringColumn
    /// The tokens for a language model; nil if the table was packed without a template.
    package let tokens: TokenLists?
    /// The tokens of A, B and tie, and of the end; nil if the table was packed without a template.
    package let answers: TokenLists?
    private let labels: [ComparisonLabel?]

    /// Interprets a table; throws if a column is missing or has the wrong type, or a label is unknown.
    package init(_ table: Table) throws(ColumnsError) {
        self.table = table
        id = try table.completeStrings("id")
        part = try table.completeIntegers("part")
        source = try table.completeStrings("source")
        language = try table.strings("language")
        group = try table.strings("group")
        modelA = try table.strings("model_a")
        modelB = try table.strings("model_b")
        swapped = try table.completeBooleans("swapped")
        turns = try table.completeIntegers("turns")
        totalTurns = try table.completeIntegers("total_turns")
        overflow = try table.completeBooleans("overflow")
        truncated = try table.completeBooleans("truncated")
        prompt = try StringLists(table.lists("prompt"), name: "prompt")
        responseA = try StringLists(table.lists("response_a"), name: "response_a")
        responseB = try StringLists(table.lists("response_b"), name: "response_b")
        try StringLists.checkTurns(id, prompt, responseA, responseB)
        text = try table.completeStrings("text")
        tokens = table["tokens"] == nil ? nil : try TokenLists(table.lists("tokens"), name: "tokens")
        answers = table["answers"] == nil ? nil : try TokenLists(table.lists("answers"), name: "answers")
        labels = try ComparisonTable.labels(table.strings("label"))
    }

    /// Reads a whole table.
    package static func read(_ path: FilePath) throws -> PackedTable {
        try PackedTable(Table.read(path))
    }

    /// The number of rows.
    package var count: Int { table.rowCount }

    /// The winner of a row as shown; nil if it is unlabeled.
    package func label(_ row: Int) -> ComparisonLabel? { labels[row] }

    /// The winner of a row's comparison in its original orientation; nil if it is unlabeled.
    package func originalLabel(_ row: Int) -> ComparisonLabel? {
        swapped.values[row] ? labels[row]?.swapped : labels[row]
    }
}
