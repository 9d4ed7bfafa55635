/// One row of a packed table: some turns of a comparison.
public struct PackedRow: Sendable {
    /// What the comparison has besides its turns, as it is shown: swapped where the row is.
    public var attributes: ComparisonBuilder.Attributes
    /// Which of the comparison's rows this is, from 0.
    public var part = 0
    /// How many rows the comparison has.
    public var parts = 1
    /// Whether A and B have changed places.
    public var isSwapped = false
    /// The turns, in order.
    public var turns: [TurnTexts]
    /// How many turns the comparison has.
    public var totalTurns: Int
    /// Whether the row is one turn that is too long by itself.
    public var isOverflow = false
    /// Whether something was cut off.
    public var isTruncated = false
    /// What a model reads; nil for the blocks of the turns.
    public var text: [UInt8]?
    /// The tokens that a model reads, where they are made.
    public var tokens: [Int32] = []

    /// A row of whole turns.
    public init(attributes: ComparisonBuilder.Attributes, turns: [TurnTexts], totalTurns: Int) {
        self.attributes = attributes
        self.turns = turns
        self.totalTurns = totalTurns
    }
}
