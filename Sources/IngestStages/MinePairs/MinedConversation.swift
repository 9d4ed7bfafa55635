import Columns
import ConversationKeys
import Digests

/// A conversation in a model's log that may become one side of a comparison.
struct MinedConversation: Sendable {
    /// The id of the conversation.
    let id: String
    /// The model that answered.
    let model: String
    /// The result of moderating the first message: nil, or the first category that it flags.
    let flag: String?
    /// The user's messages.
    private(set) var prompts: [ArraySlice<UInt8>?]
    /// The model's answers.
    private(set) var responses: [ArraySlice<UInt8>?]

    /// The required columns.
    static let required = ["conversation_id", "model", "conversation"]
    /// The optional columns.
    static let optional = ["language", "openai_moderation"]

    /// The conversation in a row, or why it is rejected.
    init(_ table: Table, row: Int, maximumBytes: Int) throws(Reject) {
        func value(_ name: String) -> RecordValue {
            table[name].map { RecordValue($0, row: row) } ?? .null
        }
        func text(_ name: String) throws(Reject) -> String {
            guard let bytes = value(name).bytes else { return "" }
            guard bytes.count <= maximumBytes else {
                throw Reject(.oversizeCell, "\(bytes.count) bytes", column: name, cell: bytes)
            }
            try UTF8Check.validate(bytes, name)
            return String(decoding: bytes, as: UTF8.self)
        }
        let id = try text("conversation_id")
        guard !id.isEmpty else { throw Reject(.missingIdentifier) }
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
        model = try text("model")
        self.prompts = prompts
        self.responses = responses
        flag = MinedConversation.flag(value("openai_moderation"))
    }

    /// A copy with its own texts: a slice would keep everything alive that was read with it.
    var apart: MinedConversation {
        var copy = self
        copy.prompts = prompts.map { $0.map { Array($0)[...] } }
        copy.responses = responses.map { $0.map { Array($0)[...] } }
        return copy
    }

    /// Identifies the list of prompts.
    var promptKey: Digest {
        var key = ConversationKey()
        for prompt in prompts { key.add(prompt) }
        return key.listDigest()
    }

    /// Identifies the model and its answers.
    var answerKey: Digest {
        var key = ConversationKey()
        key.add(Array(model.utf8)[...])
        for response in responses { key.add(response) }
        return key.listDigest()
    }

    /// The first category flagged by the moderation of the first message; nil if there is none.
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
