/// A conversation of an outside file: messages in order.
struct Conversation: Sendable {
    /// Who speaks.
    enum Role: Sendable, Hashable {
        case user
        case assistant
        case system
    }

    /// One message.
    struct Message: Sendable {
        /// Who speaks.
        var role: Role
        /// What is said; nil where the file says null.
        var text: ArraySlice<UInt8>?
    }

    /// The messages, system messages aside.
    private(set) var messages: [Message] = []
    /// Whether a system message was left out.
    private(set) var hadSystem = false

    /// The most messages of a conversation.
    static let messageLimit = 20_000

    /// A conversation of its messages.
    init(_ messages: [Message]) { self.messages = messages }

    /// This conversation's messages and then another's.
    func followed(by other: Conversation) -> Conversation {
        var whole = self
        whole.messages += other.messages
        whole.hadSystem = hadSystem || other.hadSystem
        return whole
    }

    /// The messages of a list of records with a `content` and a `role`, under one of the names that data sets use; where no
    /// record has a role, users and assistants take turns.
    ///
    /// - Throws: `Reject` where the value is no such list, a role is unknown, a text is too long or no UTF-8.
    init(_ value: RecordValue, _ name: String, maximumBytes: Int) throws(Reject) {
        guard case .list(let elements) = value else {
            throw Reject(.malformedCell, "\(name) should be a list of messages, and is \(value.kind)")
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
            throw Reject(.malformedCell, "\(name) should be a text, and is \(value?.kind ?? "nothing")")
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
