package import StageKit
package import StageSchemas

/// The text around a comparison when a language model reads it.
///
/// A model reads `begin`, the segments of `before`, the comparison's text and the segments of `after`, and then answers
/// with a label and `end`. Every segment is tokenized separately, and the lists of tokens are concatenated, identically
/// for training and prediction.
package struct PromptTemplate: SettingRecord {
    @Setting("The begin-of-text token, written once at the start; null for none.")
    package var begin: String?

    @Setting(
        "The texts before the comparison, each tokenized separately; special tokens in them become tokens.")
    package var before: [String] = []

    @Setting("The texts between the comparison and the label.")
    package var after: [String] = []

    @Setting("The labels for A, B and tie: one token each.")
    package var labels = ["A", "B", "C"]

    @Setting("The token after the label; null for none.")
    package var end: String?

    @Setting("Texts that must be single tokens of the tokenizer.")
    package var specialTokens: [String] = []

    /// A template with only the labels.
    package init() {}

    init(
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

    package func validate() throws(ParameterProblem) {
        guard labels.count == 3, Set(labels.map { Array($0.utf8) }).count == 3 else {
            throw $labels.problem("expected three different texts: for A, for B and for a tie")
        }
    }
}
