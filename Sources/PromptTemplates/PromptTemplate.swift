/// What stands around a comparison's text when a language model reads it, as data.
///
/// A model reads `begin`, the segments of `before`, the comparison's text, the segments of `after`, and then says a
/// label and `end`. Every segment becomes tokens by itself, and the lists of tokens follow each other: the same for
/// training and for prediction.
package struct PromptTemplate: Sendable, Hashable, Decodable {
    /// The begin-of-text token's spelling, written once at the very start; nil where the model has none.
    package var begin: String?
    /// The texts before the comparison, each a segment; special tokens spelled in them are tokens.
    package var before: [String]
    /// The texts between the comparison and the label.
    package var after: [String]
    /// What stands for "A is better", "B is better" and "tie": one token each.
    package var labels: [String]
    /// The token after the label; nil for none.
    package var end: String?
    /// Spellings that must be single tokens of the model's tokenizer.
    package var specialTokens: [String]

    /// A template of its parts.
    package init(
        begin: String? = nil, before: [String], after: [String], labels: [String] = ["A", "B", "C"],
        end: String? = nil, specialTokens: [String] = []
    ) {
        self.begin = begin
        self.before = before
        self.after = after
        self.labels = labels
        self.end = end
        self.specialTokens = specialTokens
    }
}
