package import Comparisons

/// One row of a packed table: some turns of a comparison.
package struct PackedRow: Sendable {
    /// What the comparison has besides its turns, as it is shown: swapped where the row is.
    package var attributes: ComparisonBuilder.Attributes
    /// Which of the comparison's rows this is, from 0.
    package var part = 0
    /// How many rows the comparison has.
    package var parts = 1
    /// Whether A and B have changed places.
    package var isSwapped = false
    /// The turns, in order.
    package var turns: [TurnTexts]
    /// How many turns the comparison has.
    package var totalTurns: Int
    /// Whether the row is one turn that is too long by itself.
    package var isOverflow = false
    /// Whether something was cut off.
    package var isTruncated = false
    /// What a model reads; nil for the blocks of the turns.
    package var text: [UInt8]?
    /// The tokens that a model reads, where they are made.
    package var tokens: [Int32] = []

    /// A row of whole turns.
    package init(attributes: ComparisonBuilder.Attributes, turns: [TurnTexts], totalTurns: Int) {
        self.attributes = attributes
        self.turns = turns
        self.totalTurns = totalTurns
    }
}
