/// The number of tokens that a model may read of a row, and what is truncated if there are more.
package struct TokenBudget: Sendable, Hashable {
    /// Which end of a text is kept.
    package enum Kept: String, Sendable, CaseIterable {
        /// The end is cut off.
        case keepStart
        /// The start is cut off.
        case keepEnd
    }

    /// The maximum number of tokens in a row's text, without the template.
    package var maximum: Int
    /// The prompt's budget if a single turn is too long.
    package var prompt: Int
    /// Each response's budget in such a turn.
    package var response: Int
    /// Which end is kept if a row of whole turns turns out to be too long.
    package var row: Kept
    /// Which end of each text is kept if a single turn is too long.
    package var overflow: Kept

    /// A budget from its parts; by default, the prompt gets a fifth, and each response half of the rest.
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
    /// At most `count` elements from the end that is kept.
    package func part<Element>(of elements: [Element], _ count: Int) -> ArraySlice<Element> {
        self == .keepStart ? elements.prefix(count) : elements.suffix(count)
    }
}
