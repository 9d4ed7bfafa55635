package import Comparisons

/// One row of a packed table: some turns of a comparison.
package struct PackedRow: Sendable {
    /// The attributes of the comparison as shown, which are swapped if the row is.
    package var attributes: ComparisonBuilder.Attributes
    /// The index of the row among the comparison's rows, from 0.
    package var part = 0
    /// The number of rows of the comparison.
    package var parts = 1
    /// Whether A and B are exchanged.
    package var isSwapped = false
    /// The turns, in order.
    package var turns: [TurnTexts]
    /// The number of turns of the comparison.
    package var totalTurns: Int
    /// Whether the row is a single turn that was too long.
    package var isOverflow = false
    /// Whether anything was truncated.
    package var isTruncated = false
    /// The text for a model; nil for the blocks of the turns.
    package var text: [UInt8]?
    /// The tokens for a model, if they are produced.
    package var tokens: [Int32] = []

    /// A row of whole turns.
    package init(attributes: ComparisonBuilder.Attributes, turns: [TurnTexts], totalTurns: Int) {
        self.attributes = attributes
        self.turns = turns
        self.totalTurns = totalTurns
    }
}
