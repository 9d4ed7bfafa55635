/// `lmsys/chatbot_arena_conversations` and data sets with the same layout, such as `aigrant/tw_chatbot_arena`: two
/// conversations as lists of messages, and a winner.
///
/// Both conversations must have the same prompts and the same length; both kinds of tie count as a tie.
struct ArenaAdapter: SourceAdapter {
    static let required = ["question_id", "conversation_a", "conversation_b"]
    static let optional = ["model_a", "model_b", "winner", "language", "source", "group"]
    static let winner: String? = "winner"

    private let rules: IngestRules

    init(rules: IngestRules) { self.rules = rules }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        let limit = rules.maximumCellBytes
        draft.id = try text(record, ["question_id"], limit: limit) ?? []
        try fillAttributes(&draft, record, limit: limit)
        try ConversationPair(
            conversation(record, "conversation_a", limit: limit),
            conversation(record, "conversation_b", limit: limit)
        ).fill(&draft)
        draft.label = try rules.label(winner: record["winner"]?.word, &draft.rules)
    }
}
