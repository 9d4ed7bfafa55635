import Columns
import ConversationKeys
import Digests

/// One conversation of a model's log that may become one side of a comparison.
struct MinedConversation: Sendable {
    /// The conversation's name.
    let id: String
    /// The model that answered.
    let model: String
    /// What moderation says of the first message: nil, or the first category that it flags.
    let flag: String?
    /// The user's messages.
    private(set) var prompts: [ArraySlice<UInt8>?]
    /// The model's answers.
    private(set) var responses: [ArraySlice<UInt8>?]

    /// The columns that are read.
    static let required = ["conversation_id", "model", "conversation"]
    /// The columns that are read where they are there.
    static let optional = ["language", "openai_moderation"]

    /// A conversation of a row, or why it is none.
    init(_ table: Table, row: Int, maximumBytes: Int) throws(Reject) {
        func value(_ name: String) -> RecordValue {
            table[name].map { RecordValue($0, row: row) } ?? .null
        }
        guard let id = value("conversation_id").word, !id.isEmpty else { throw Reject(.missingIdentifier) }
        let conversation = try Conversation(
            value("conversation"), "conversation", maximumBytes: maximumBytes)
        var (prompts, responses): ([ArraySlice<UInt8>?], [ArraySlice<UInt8>?]) = ([], [])
        for (index, message) in conversation.messages.enumerated() {
            guard message.role == (index % 2 == 0 ? .user : .assistant) else {
                throw Reject(.roles, "message \(index + 1)")
            }
            if index % 2 == 0 { prompts.append(message.text) } else { responses.append(message.text) }
        }
        guard prompts.count == responses.count else {
            throw Reject(.roles, "the last message has no answer")
        }
        guard !prompts.isEmpty else { throw Reject(.noTurns) }
        self.id = id
        model = value("model").word ?? ""
        self.prompts = prompts
        self.responses = responses
        flag = MinedConversation.flag(value("openai_moderation"))
    }

    /// The same with texts of its own: a slice would keep all that was read with it.
    var apart: MinedConversation {
        var copy = self
        copy.prompts = prompts.map { $0.map { Array($0)[...] } }
        copy.responses = responses.map { $0.map { Array($0)[...] } }
        return copy
    }

    /// What names the whole list of prompts.
    var promptKey: Digest {
        var key = ConversationKey()
        for prompt in prompts { key.add(prompt) }
        return key.listDigest()
    }

    /// What names the model and its answers.
    var answerKey: Digest {
        var key = ConversationKey()
        key.add(Array(model.utf8)[...])
        for response in responses { key.add(response) }
        return key.listDigest()
    }

    /// The first category that the first message's moderation flags; nil where it is good.
    private static func flag(_ moderation: RecordValue) -> String? {
        guard case .list(let messages) = moderation, let first = messages.first else { return nil }
        if case .record(let categories) = first["categories"],
            let category = categories.first(where: { $0.value.isTrue })
        {
            return category.name
        }
        return first["flagged"]?.isTrue == true ? "flagged" : nil
    }
}
