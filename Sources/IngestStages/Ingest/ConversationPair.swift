import Comparisons

/// Two conversations with the same prompts, read side by side.
struct ConversationPair: Sendable {
    let a: Conversation
    let b: Conversation

    /// A pair of sides A and B.
    init(_ a: Conversation, _ b: Conversation) {
        self.a = a
        self.b = b
    }

    /// Fills the three lists: prompts, which are the same on both sides, and the responses of each side.
    ///
    /// - Throws: `Reject` if the sides have different lengths or prompts, or user and assistant do not take turns.
    func fill(_ draft: inout IngestDraft) throws(Reject) {
        let (first, second) = (a.messages, b.messages)
        guard first.count == second.count else {
            throw Reject(.unequalLengths, "sides of \(first.count) and \(second.count) messages")
        }
        for (index, (left, right)) in zip(first, second).enumerated() {
            let role: Conversation.Role = index % 2 == 0 ? .user : .assistant
            guard left.role == role, right.role == role else { throw Reject(.roles, "message \(index + 1)") }
            if role == .user {
                guard left.text == right.text else { throw Reject(.promptsDiffer, "message \(index + 1)") }
                draft.prompt.append(left.text)
            } else {
                draft.responseA.append(left.text)
                draft.responseB.append(right.text)
            }
        }
        guard first.count % 2 == 0 else { throw Reject(.roles, "the last message has no answer") }
        if a.hadSystem || b.hadSystem { draft.rules.insert(.systemPromptLeftOut) }
        if a.hadParts || b.hadParts { draft.rules.insert(.partsJoined) }
    }
}
