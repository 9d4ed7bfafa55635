/// One comparison: a conversation of some turns with two threads of responses, and who won.
package struct Comparison: Sendable, Hashable {
    /// The row's name, unique within a table after deduplication.
    package var id: String
    /// Where the row comes from.
    package var source: String
    /// The model behind response A, where known.
    package var modelA: String?
    /// The model behind response B, where known.
    package var modelB: String?
    /// One prompt per turn; null as in the data.
    package var prompt: [String?]
    /// Response A of each turn; null as in the data.
    package var responseA: [String?]
    /// Response B of each turn; null as in the data.
    package var responseB: [String?]
    /// Who won; nil for a row to predict.
    package var label: ComparisonLabel?
    /// The language's name or code, or a guess by script.
    package var language: String?
    /// What rows share that must not be parted by a split, where the data says so.
    package var group: String?

    /// A comparison of its parts.
    package init(
        id: String, source: String, modelA: String? = nil, modelB: String? = nil, prompt: [String?],
        responseA: [String?], responseB: [String?], label: ComparisonLabel? = nil, language: String? = nil,
        group: String? = nil
    ) {
        self.id = id
        self.source = source
        self.modelA = modelA
        self.modelB = modelB
        self.prompt = prompt
        self.responseA = responseA
        self.responseB = responseB
        self.label = label
        self.language = language
        self.group = group
    }
}
