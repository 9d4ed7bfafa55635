/// A conversation from an input file: messages in order.
struct Conversation: Sendable {
    /// The author.
    enum Role: Sendable, Hashable {
        case user
        case assistant
        case system
    }

    /// One message.
    struct Message: Sendable {
        /// The author.
        var role: Role
        /// The text; nil if the file has null.
        var text: ArraySlice<UInt8>?
    }

    /// The messages, without system messages.
    private(set) var messages: [Message] = []
    /// Whether a system message was dropped.
    private(set) var hadSystem = false

    /// The maximum number of messages in a conversation.
    static let messageLimit = 20_000

    /// A conversation from its messages.
    init(_ messages: [Message]) { self.messages = messages }

    /// This conversation's messages, followed by another's.
    func followed(by other: Conversation) -> Conversation {
        var whole = self
        whole.messages += other.messages
        whole.hadSystem = hadSystem || other.hadSystem
        return whole
    }

    /// The messages in a list of records with a `content` and a `role`, under any of the names that data sets use; if
    /// no record has a role, users and assistants take turns.
    ///
    /// - Throws: `Reject` if the value is not such a list, a role is unknown, or a text is too long or not UTF-8.
    init(_ value: RecordValue, _ name: String, maximumBytes: Int) throws(Reject) {
        guard case .list(let elements) = value else {
            throw Reject(.malformedCell, "\(name) should be a list of messages, but is \(value.kind)")
        }
        guard elements.count <= Self.messageLimit else {
            throw Reject(.malformedCell, "\(name): more than \(Self.messageLimit) messages")
        }
        for (index, element) in elements.enumerated() {
            let role: Role
            var content: RecordValue?
            if case .record(let members) = element {
                guard members.contains(where: { ["content", "value", "text"].contains($0.name) }) else {
                    throw Reject(.malformedCell, "\(name): message \(index + 1) has no 'content'")
                }
                content = element["content", "value", "text"]
                role =
                    try element["role", "from"].flatMap { $0.word }
                    .map { (word) throws(Reject) in try Self.role(word, index, name) }
                    ?? (messages.count % 2 == 0 ? .user : .assistant)
            } else {
                role = messages.count % 2 == 0 ? .user : .assistant
                content = element
            }
            if role == .system {
                hadSystem = true
                continue
            }
            messages.append(
                Message(
                    role: role, text: try Self.text(content, "\(name): message \(index + 1)", maximumBytes)))
        }
    }

    private static func text(
        _ value: RecordValue?, _ name: String, _ maximumBytes: Int
    ) throws(Reject) -> ArraySlice<UInt8>? {
        switch value {
        case .text(let bytes), .scalar(let bytes):
            guard bytes.count <= maximumBytes else {
                throw Reject(.oversizeCell, "\(name): \(bytes.count) bytes")
            }
            try UTF8Check.validate(bytes, name)
            return bytes
        case .null, nil: return nil
        case .list, .record, .foreign:
            throw Reject(.malformedCell, "\(name) should be text, but is \(value?.kind ?? "nothing")")
        }
    }

    private static func role(_ word: String, _ index: Int, _ name: String) throws(Reject) -> Role {
        switch word.lowercased() {
        case "user", "human", "prompter": return .user
        case "assistant", "gpt", "model", "bot", "chatbot": return .assistant
        case "system": return .system
        default: throw Reject(.roles, "\(name): message \(index + 1) is by '\(word.prefix(40))'")
        }
    }
}
