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
    /// Whether the parts of a message were joined.
    private(set) var hadParts = false

    /// The maximum number of messages in a conversation.
    static let messageLimit = 20_000

    /// A conversation from its messages.
    init(_ messages: [Message]) { self.messages = messages }

    /// This conversation's messages, followed by another's.
    func followed(by other: Conversation) -> Conversation {
        var whole = self
        whole.messages += other.messages
        whole.hadSystem = hadSystem || other.hadSystem
        whole.hadParts = hadParts || other.hadParts
        return whole
    }

    /// The messages in a list of records with a `content` and a `role`, under any of the names that data sets use; if
    /// no record has a field for roles, users and assistants take turns.
    ///
    /// A content may be a list of parts: texts are joined by line breaks, and any other part is an error.
    ///
    /// - Throws: `Reject` if the value is not such a list, a role is unknown, or a text is too long or not UTF-8.
    init(_ value: RecordValue, _ name: String, maximumBytes: Int) throws(Reject) {
        guard case .list(let elements) = value else {
            throw Reject(
                .malformedCell, "should be a list of messages, but is \(value.kind)", column: name,
                cell: value.bytes)
        }
        guard elements.count <= Self.messageLimit else {
            throw Reject(.malformedCell, "more than \(Self.messageLimit) messages", column: name)
        }
        let haveRoles = elements.contains { $0.hasMember("role", "from") }
        for (index, element) in elements.enumerated() {
            let role: Role
            var content: RecordValue?
            if case .record = element {
                guard element.hasMember("content", "value", "text") else {
                    throw Reject(.malformedCell, "message \(index + 1) has no 'content'", column: name)
                }
                content = element["content", "value", "text"]
                if haveRoles {
                    role = try Self.role(element["role", "from"]?.word, index, name)
                } else {
                    role = messages.count % 2 == 0 ? .user : .assistant
                }
            } else if haveRoles {
                throw Reject(.roles, "message \(index + 1) has no role", column: name)
            } else {
                role = messages.count % 2 == 0 ? .user : .assistant
                content = element
            }
            if role == .system {
                hadSystem = true
                continue
            }
            messages.append(
                Message(role: role, text: try text(content, "message \(index + 1)", name, maximumBytes)))
        }
    }

    private mutating func text(
        _ value: RecordValue?, _ message: String, _ name: String, _ maximumBytes: Int
    ) throws(Reject) -> ArraySlice<UInt8>? {
        switch value {
        case .text(let bytes), .scalar(let bytes):
            guard bytes.count <= maximumBytes else {
                throw Reject(.oversizeCell, "\(message): \(bytes.count) bytes", column: name, cell: bytes)
            }
            try UTF8Check.validate(bytes, name)
            return bytes
        case .null, nil: return nil
        case .list(let parts): return try joined(parts, message, name, maximumBytes)
        case .record, .foreign:
            throw Reject(
                .malformedCell, "\(message) should be text, but is \(value?.kind ?? "nothing")", column: name)
        }
    }

    /// The text of a message in parts, such as `[{"type": "text", "text": "…", "image": null}]`; nil without parts.
    private mutating func joined(
        _ parts: [RecordValue], _ message: String, _ name: String, _ maximumBytes: Int
    ) throws(Reject) -> ArraySlice<UInt8>? {
        var texts: [ArraySlice<UInt8>] = []
        for part in parts {
            let type = part["type"]?.word ?? "text"
            guard type == "text" || type == "input_text" || type == "output_text" else {
                throw Reject(
                    .malformedCell, "\(message) has a part of type '\(type.prefix(40))'; only text is read",
                    column: name)
            }
            let content: RecordValue? = if case .record = part { part["text", "content"] } else { part }
            if case .list = content {
                throw Reject(.malformedCell, "\(message) has parts within parts", column: name)
            }
            if let bytes = try text(content, message, name, maximumBytes) { texts.append(bytes) }
        }
        guard texts.count > 1 else { return texts.first }
        hadParts = true
        let whole = Array(texts.joined(separator: [0x0A]))
        guard whole.count <= maximumBytes else {
            throw Reject(.oversizeCell, "\(message): \(whole.count) bytes", column: name, cell: whole[...])
        }
        return whole[...]
    }

    private static func role(_ word: String?, _ index: Int, _ name: String) throws(Reject) -> Role {
        guard let word else { throw Reject(.roles, "message \(index + 1) has no role", column: name) }
        switch word.lowercased() {
        case "user", "human", "prompter": return .user
        case "assistant", "gpt", "model", "bot", "chatbot": return .assistant
        case "system": return .system
        default:
            throw Reject(.roles, "message \(index + 1) is by '\(word.prefix(40))'", column: name)
        }
    }
}
