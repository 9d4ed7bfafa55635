/// A comparison: a conversation of several turns with two threads of responses, and which one won.
package struct Comparison: Sendable, Hashable {
    /// The row's id, unique within a table after deduplication.
    package var id: String
    /// The source of the row.
    package var source: String
    /// The model behind response A, if known.
    package var modelA: String?
    /// The model behind response B, if known.
    package var modelB: String?
    /// One prompt per turn; null if it is null in the data.
    package var prompt: [String?]
    /// Response A of each turn; null if it is null in the data.
    package var responseA: [String?]
    /// Response B of each turn; null if it is null in the data.
    package var responseB: [String?]
    /// The winner; nil for a row to predict.
    package var label: ComparisonLabel?
    /// The language's name or code, or a guess by script.
    package var language: String?
    /// The id of a group of rows that a split must keep together, if the data has one.
    package var group: String?
}
