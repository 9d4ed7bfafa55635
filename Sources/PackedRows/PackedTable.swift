package import Columns
package import Comparisons
package import Files

/// The packed table, `packed.parquet`: the turns of each comparison that a model reads, and their text.
///
/// | column | type | |
/// |---|---|---|
/// | `id` | string | as in the comparison table; rows of one comparison follow each other |
/// | `part`, `parts` | integer | which of the comparison's rows it is, from 0, and how many there are |
/// | `source` | string | as in the comparison table |
/// | `label`, `language`, `group` | string or null | as in the comparison table, the label as A and B are shown |
/// | `model_a`, `model_b` | string or null | the models as they are shown |
/// | `swapped` | boolean | A and B have changed places |
/// | `turns`, `total_turns` | integer | in this row, and in the comparison |
/// | `overflow` | boolean | the row is one turn that is too long by itself |
/// | `truncated` | boolean | something was cut off |
/// | `prompt`, `response_a`, `response_b` | list of strings | the turns, after null policy; cut in an overflow |
/// | `text` | string | what a model reads: the blocks of all turns, see ``TurnBlock`` |
/// | `tokens` | list of integers | with a template: the tokens that a model reads, up to the label's place |
/// | `answers` | list of integers | with a template: the tokens of A, B and tie, and the end's where there is one |
package struct PackedTable: Sendable {
    /// The table itself.
    package let table: Table
    /// The ids.
    package let id: StringColumn
    /// Which of its comparison's rows each row is.
    package let part: IntegerColumn
    /// Where each row comes from.
    package let source: StringColumn
    /// The languages.
    package let language: StringColumn
    /// The groups.
    package let group: StringColumn
    /// The models shown as A.
    package let modelA: StringColumn
    /// The models shown as B.
    package let modelB: StringColumn
    /// Whether A and B have changed places.
    package let swapped: BooleanColumn
    /// How many turns are in the row.
    package let turns: IntegerColumn
    /// How many turns the comparison has.
    package let totalTurns: IntegerColumn
    /// Whether the one turn in the row was too long by itself.
    package let overflow: BooleanColumn
    /// Whether something was cut off.
    let truncated: BooleanColumn
    /// The prompts of the turns.
    package let prompt: StringLists
    /// Response A of the turns.
    package let responseA: StringLists
    /// Response B of the turns.
    package let responseB: StringLists
    /// What a model reads.
    package let text: StringColumn
    /// The tokens that a language model reads; nil where the table was packed without a template.
    package let tokens: TokenLists?
    /// The tokens of A, B and tie, and of the end; nil where the table was packed without a template.
    package let answers: TokenLists?
    private let labels: [ComparisonLabel?]

    /// A table's rows; fails where a column is missing or has another type, or where a label is unknown.
    package init(_ table: Table) throws(ColumnsError) {
        self.table = table
        id = try table.strings("id")
        part = try table.integers("part")
        source = try table.strings("source")
        language = try table.strings("language")
        group = try table.strings("group")
        modelA = try table.strings("model_a")
        modelB = try table.strings("model_b")
        swapped = try table.booleans("swapped")
        turns = try table.integers("turns")
        totalTurns = try table.integers("total_turns")
        overflow = try table.booleans("overflow")
        truncated = try table.booleans("truncated")
        prompt = try StringLists(table.lists("prompt"), name: "prompt")
        responseA = try StringLists(table.lists("response_a"), name: "response_a")
        responseB = try StringLists(table.lists("response_b"), name: "response_b")
        text = try table.strings("text")
        tokens = table["tokens"] == nil ? nil : try TokenLists(table.lists("tokens"), name: "tokens")
        answers = table["answers"] == nil ? nil : try TokenLists(table.lists("answers"), name: "answers")
        labels = try ComparisonTable.labels(table.strings("label"))
    }

    /// Reads a whole table.
    package static func read(_ path: FilePath) throws -> PackedTable {
        try PackedTable(Table.read(path))
    }

    /// How many rows there are.
    package var count: Int { table.rowCount }

    /// Who won a row as it is shown; nil where nobody said.
    package func label(_ row: Int) -> ComparisonLabel? { labels[row] }

    /// Who won a row's comparison, before A and B changed places; nil where nobody said.
    package func originalLabel(_ row: Int) -> ComparisonLabel? {
        swapped.values[row] ? labels[row]?.swapped : labels[row]
    }
}
