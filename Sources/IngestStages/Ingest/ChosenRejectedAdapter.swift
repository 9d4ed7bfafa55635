import Comparisons

/// Data sets with a prompt, a chosen and a rejected answer: `mlabonne/arena-preferences`, `jondurbin/truthy-dpo-v0.1`
/// and many others.
///
/// Answers are texts, or lists of messages that may include the prompt and earlier turns. A system prompt is dropped. A
/// is the chosen answer and wins; then the sides of each row are exchanged with probability ½, determined by seed and
/// row number.
struct ChosenRejectedAdapter: SourceAdapter {
    static let required = ["chosen", "rejected"]
    static let optional = [
        "prompt", "question", "instruction", "system", "id", "prompt_id", "source", "language", "group",
        "chosen-model", "chosen_model", "rejected-model", "rejected_model",
    ]
    static let winner: String? = nil

    private let rules: IngestRules

    init(rules: IngestRules) { self.rules = rules }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        try fillSides(&draft, record, row: row)
        draft.label = .a
        rules.exchangeByChance(&draft, row: row)
    }

    /// Fills in everything but the label; A is the chosen answer.
    func fillSides(_ draft: inout IngestDraft, _ record: RecordValue, row: Int) throws(Reject) {
        let limit = rules.maximumCellBytes
        let id = try text(record, ["id", "prompt_id"], limit: limit)
        draft.id = id?.isEmpty == false ? id ?? [] : IngestDraft.identifier(ofRow: row)
        draft.source = try text(record, ["source"], limit: limit)
        draft.language = try text(record, ["language"], limit: limit)
        draft.group = try text(record, ["group"], limit: limit)
        draft.modelA = try text(record, ["chosen-model", "chosen_model"], limit: limit)
        draft.modelB = try text(record, ["rejected-model", "rejected_model"], limit: limit)
        if record["system"] != nil { draft.rules.insert(.systemPromptLeftOut) }
        let before = try messages(record["prompt", "question", "instruction"], "prompt", .user)
        let chosen = try messages(record["chosen"], "chosen", .assistant)
        let rejected = try messages(record["rejected"], "rejected", .assistant)
        func whole(_ answer: Conversation) -> Conversation {
            // Messages that begin with an answer follow the prompt; otherwise, they include it.
            answer.messages.first?.role == .assistant ? before.followed(by: answer) : answer
        }
        try ConversationPair(whole(chosen), whole(rejected)).fill(&draft)
        if before.hadSystem { draft.rules.insert(.systemPromptLeftOut) }
    }

    /// A text as a single message with a role, or a list of messages.
    private func messages(
        _ value: RecordValue?, _ name: String, _ role: Conversation.Role
    ) throws(Reject) -> Conversation {
        let limit = rules.maximumCellBytes
        switch value {
        case nil, .null: return Conversation([])
        case .scalar(let text), .text(let text):
            guard text.count <= limit else {
                throw Reject(.oversizeCell, "\(text.count) bytes", column: name, cell: text)
            }
            try UTF8Check.validate(text, name)
            // In a CSV file, lists are JSON in a cell; but an answer may also begin with a bracket.
            if text.starts(with: Array("[{".utf8)), let list = try? RecordValue.parsing(json: text),
                let messages = try? Conversation(list, name, maximumBytes: limit)
            {
                return messages
            }
            return Conversation([Conversation.Message(role: role, text: text)])
        case .list, .record, .foreign: return try Conversation(value ?? .null, name, maximumBytes: limit)
        }
    }
}
