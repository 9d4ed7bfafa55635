import Comparisons

/// UltraFeedback's wins and ties: a prompt, a chosen and a rejected answer, and a rating of each.
///
/// Equal ratings are a tie. Of the rows with the same prompt, the first one with the largest rating gap is used. Sides
/// are exchanged at random, as in ``ChosenRejectedAdapter``, in ties too.
struct RatedPreferencesAdapter: SourceAdapter {
    static let required = ["chosen", "rejected", "chosen-rating", "rejected-rating"]
    static let optional = ChosenRejectedAdapter.optional
    static let winner: String? = nil
    static let isRanked = true

    private let rules: IngestRules
    private let sides: ChosenRejectedAdapter

    init(rules: IngestRules) {
        self.rules = rules
        sides = ChosenRejectedAdapter(rules: rules)
    }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        try sides.fillSides(&draft, record, row: row)
        guard let gap = RatedPreferencesAdapter.gap(record) else {
            throw Reject(.malformedCell, "chosen-rating or rejected-rating is not a number")
        }
        guard gap >= 0 else {
            throw Reject(.invalidWinner, "the rejected answer's rating is higher by \(-gap)")
        }
        draft.label = gap == 0 ? .tie : .a
        if gap == 0 { draft.rules.insert(.equalRatings) }
        rules.exchangeByChance(&draft, row: row)
    }

    func rank(_ record: RecordValue) -> (key: [UInt8], rank: Double)? {
        guard rules.takesOnePerPrompt, let gap = RatedPreferencesAdapter.gap(record), gap >= 0 else {
            return nil
        }
        // If there is no separate prompt, it is the first message.
        if let prompt = record["prompt", "question", "instruction"]?.bytes { return (Array(prompt), gap) }
        guard case .list(let messages) = record["chosen"],
            let prompt = messages.first(where: { $0["role", "from"]?.word != "system" })?["content", "value"]?
                .bytes
        else { return nil }
        return (Array(prompt), gap)
    }

    private static func gap(_ record: RecordValue) -> Double? {
        guard let chosen = record["chosen-rating"]?.number, let rejected = record["rejected-rating"]?.number
        else { return nil }
        return chosen - rejected
    }
}
