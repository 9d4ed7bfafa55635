/// `mncai/ko-chatbot-arena`: conversations as the text that Python prints for a list of messages.
///
/// Messages are calls such as `ChatMessage(role=…, content='…')`, or dictionaries; if they have no role, user and
/// assistant take turns. Rows have no ids, so their numbers are used, counting from 0.
struct KoreanArenaAdapter: SourceAdapter {
    static let required = ["chats_a", "chats_b"]
    static let optional = ["model_a", "model_b", "winner", "language", "source", "group", "id"]
    static let winner: String? = "winner"

    private let rules: IngestRules

    init(rules: IngestRules) { self.rules = rules }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        let limit = rules.maximumCellBytes
        let id = try text(record, ["id"], limit: limit)
        draft.id = id?.isEmpty == false ? id ?? [] : IngestDraft.identifier(ofRow: row)
        try fillAttributes(&draft, record, limit: limit)
        try ConversationPair(chats(record, "chats_a"), chats(record, "chats_b")).fill(&draft)
        draft.label = try rules.label(winner: record["winner"]?.word, &draft.rules)
    }

    private func chats(_ record: RecordValue, _ name: String) throws(Reject) -> Conversation {
        guard let value = record[name] else {
            throw Reject(.malformedCell, "null or missing", column: name)
        }
        guard case .text(let text) = value else {
            return try Conversation(value, name, maximumBytes: rules.maximumCellBytes)
        }
        guard text.count <= rules.maximumCellBytes else {
            throw Reject(.oversizeCell, "\(text.count) bytes", column: name, cell: text)
        }
        try UTF8Check.validate(text, name)
        let literal: RecordValue
        do {
            literal = try PythonLiteral.parse(text)
        } catch {
            throw Reject(.malformedCell, "\(error)", column: name, cell: text)
        }
        return try Conversation(literal, name, maximumBytes: rules.maximumCellBytes)
    }
}
