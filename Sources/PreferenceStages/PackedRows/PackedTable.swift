public import Columns
public import Files

/// The packed table, `packed.parquet`: the turns of each comparison that a model reads, and their text.
///
/// | column | type | |
/// |---|---|---|
/// | `id`, `source` | string | as in the comparison table |
/// | `label`, `language`, `group` | string or null | as in the comparison table |
/// | `turns`, `total_turns` | integer | kept, and there were |
/// | `overflow` | boolean | the one turn kept is too long by itself |
/// | `prompt`, `response_a`, `response_b` | list of strings | the turns kept, after null policy and truncation |
/// | `text` | string | the blocks of all turns kept: see ``TurnBlock`` |
public struct PackedTable: Sendable {
    /// The table itself.
    public let table: Table
    /// The ids.
    public let id: StringColumn
    /// Where each row comes from.
    public let source: StringColumn
    /// The languages.
    public let language: StringColumn
    /// The groups.
    public let group: StringColumn
    /// How many turns are kept.
    public let turns: IntegerColumn
    /// How many turns there were.
    public let totalTurns: IntegerColumn
    /// Whether the one turn kept was too long by itself.
    public let overflow: BooleanColumn
    /// The prompts of the turns kept.
    public let prompt: StringLists
    /// Response A of the turns kept.
    public let responseA: StringLists
    /// Response B of the turns kept.
    public let responseB: StringLists
    /// What a model reads.
    public let text: StringColumn
    private let labels: [ComparisonLabel?]

    /// The names of the columns, in order.
    public static let columns = [
        "id", "source", "label", "language", "group", "turns", "total_turns", "overflow", "prompt",
        "response_a", "response_b", "text",
    ]

    /// A table's rows; fails where a column is missing or has another type, or where a label is unknown.
    public init(_ table: Table) throws(ColumnsError) {
        self.table = table
        id = try table.strings("id")
        source = try table.strings("source")
        language = try table.strings("language")
        group = try table.strings("group")
        turns = try table.integers("turns")
        totalTurns = try table.integers("total_turns")
        overflow = try table.booleans("overflow")
        prompt = try StringLists(table.lists("prompt"), name: "prompt")
        responseA = try StringLists(table.lists("response_a"), name: "response_a")
        responseB = try StringLists(table.lists("response_b"), name: "response_b")
        text = try table.strings("text")
        labels = try ComparisonTable.labels(table.strings("label"))
    }

    /// Reads a whole table.
    public static func read(_ path: FilePath) throws -> PackedTable {
        try PackedTable(Table.read(path))
    }

    /// How many rows there are.
    public var count: Int { table.rowCount }

    /// Who won a row; nil where nobody said.
    public func label(_ row: Int) -> ComparisonLabel? { labels[row] }
}
