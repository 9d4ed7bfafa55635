/// How many tokens a model may read of a row, and what is cut where there are more.
public struct TokenBudget: Sendable, Hashable {
    /// The end of a text that is kept.
    public enum Kept: String, Sendable, Hashable, Decodable, CaseIterable {
        /// The end goes.
        case keepStart
        /// The start goes.
        case keepEnd
    }

    /// The most tokens of a row's text, those of the template not counted.
    public var maximum: Int
    /// The prompt's part where one turn is too long by itself.
    public var prompt: Int
    /// Each response's part in such a turn.
    public var response: Int
    /// What is kept of a row of whole turns that turns out too long.
    public var row: Kept
    /// What is kept of each text of a turn that is too long by itself.
    public var overflow: Kept

    /// A budget of its parts; by default a fifth is the prompt's, and each response has half of the rest.
    public init(
        maximum: Int, prompt: Int? = nil, response: Int? = nil, row: Kept = .keepEnd,
        overflow: Kept = .keepStart
    ) {
        self.maximum = maximum
        self.prompt = prompt ?? maximum / 5
        self.response = response ?? max(0, maximum - self.prompt) / 2
        self.row = row
        self.overflow = overflow
    }
}

extension TokenBudget.Kept {
    /// At most `count` elements of one end.
    func part<Element>(of elements: [Element], _ count: Int) -> ArraySlice<Element> {
        self == .keepStart ? elements.prefix(count) : elements.suffix(count)
    }
}
