/// How many tokens a model may read of a row, and what is cut where there are more.
package struct TokenBudget: Sendable, Hashable {
    /// The end of a text that is kept.
    package enum Kept: String, Sendable, CaseIterable {
        /// The end goes.
        case keepStart
        /// The start goes.
        case keepEnd
    }

    /// The most tokens of a row's text, those of the template not counted.
    package var maximum: Int
    /// The prompt's part where one turn is too long by itself.
    package var prompt: Int
    /// Each response's part in such a turn.
    package var response: Int
    /// What is kept of a row of whole turns that turns out too long.
    package var row: Kept
    /// What is kept of each text of a turn that is too long by itself.
    package var overflow: Kept

    /// A budget of its parts; by default a fifth is the prompt's, and each response has half of the rest.
    package init(
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
    package func part<Element>(of elements: [Element], _ count: Int) -> ArraySlice<Element> {
        self == .keepStart ? elements.prefix(count) : elements.suffix(count)
    }
}
