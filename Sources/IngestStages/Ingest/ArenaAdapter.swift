/// `lmsys/chatbot_arena_conversations`, the arena's later releases (`arena-human-preference-100k` and `-140k`) and data
/// sets with the same layout, such as `aigrant/tw_chatbot_arena`: two conversations as lists of messages, and a winner.
///
/// Both conversations must have the same prompts and the same length; both kinds of tie count as a tie. The votes of an
/// evaluation session are a group: later ones continue the same conversation.
struct ArenaAdapter: SourceAdapter {
    /// The names of the id, of which a file has one.
    static let identifiers = ["question_id", "id"]
    static let required = ["conversation_a", "conversation_b"]
    static let optional =
        identifiers + [
            "model_a", "model_b", "winner", "language", "source", "group", "evaluation_session_id",
        ]
    static let winner: String? = "winner"

    private let rules: IngestRules

    init(rules: IngestRules) { self.rules = rules }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        let limit = rules.maximumCellBytes
        draft.id = try text(record, Self.identifiers, limit: limit) ?? []
        try fillAttributes(&draft, record, limit: limit)
        if draft.group == nil { draft.group = try text(record, ["evaluation_session_id"], limit: limit) }
        try ConversationPair(
            conversation(record, "conversation_a", limit: limit),
            conversation(record, "conversation_b", limit: limit)
        ).fill(&draft)
        draft.label = try rules.label(winner: record["winner"]?.word, &draft.rules)
    }
}
