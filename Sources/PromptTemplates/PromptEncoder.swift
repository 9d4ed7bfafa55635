package import PackedRows
import StageKit
package import Tokenizers

/// A template in a model's tokens: what surrounds every row, and the tokens of the three labels.
package struct PromptEncoder: Sendable {
    /// The tokens of "A is better", "B is better" and "tie".
    package let labels: [Int32]
    /// The token after the label, if there is one.
    package let end: Int32?
    /// The encoder of the comparison's own text.
    package let conversations: ConversationEncoder
    private let before: [Int32]
    private let after: [Int32]

    /// The tokens of a model's answer: the three labels, and the end if there is one.
    package var answers: [Int32] { labels + (end.map { [$0] } ?? []) }

    /// The number of tokens in the template, without those of the answer.
    var templateCount: Int { before.count + after.count }

    /// A template for a model's tokenizer.
    ///
    /// - Throws: `StageFailure` if the tokenizer lacks a token that the template uses, a label is more than one token,
    ///   or begin-of-text would occur twice.
    package init(_ template: PromptTemplate, _ tokenizer: Tokenizer) throws {
        func segment(_ text: String) throws -> [Int32] {
            try tokenizer.encode(text, EncodingOptions(addsSpecialTokens: false))
        }
        func token(_ spelling: String) throws -> Int32 {
            guard let id = tokenizer.id(of: spelling), try segment(spelling) == [id] else {
                throw StageFailure(
                    "the tokenizer has no token '\(spelling)', which the template needs; use the template of the "
                        + "model's family, or define one with 'ownTemplate'")
            }
            return id
        }
        for spelling in template.specialTokens { _ = try token(spelling) }
        let begin = try template.begin.map { [try token($0)] } ?? []
        before = begin + (try template.before.flatMap(segment))
        after = try template.after.flatMap(segment)
        for id in begin where (before + after).count(where: { $0 == id }) > 1 {
            throw StageFailure(
                "the template contains '\(template.begin ?? "")' twice; remove it from 'before' and 'after'")
        }
        labels = try template.labels.map { label in
            let ids = try segment(label)
            guard ids.count == 1 else {
                throw StageFailure(
                    "the label '\(label)' is \(ids.count) tokens in this tokenizer; a label must be a single token"
                )
            }
            return ids[0]
        }
        guard labels.count == 3, Set(labels).count == 3 else {
            throw StageFailure("a template needs three different labels: for A, for B and for a tie")
        }
        end = try template.end.map { try token($0) }
        conversations = try ConversationEncoder(tokenizer)
    }

    /// The prompt for a model: the template around a row's tokens.
    package func prompt(around conversation: EncodedConversation) -> EncodedPrompt {
        EncodedPrompt(
            ids: before + conversation.ids + after,
            conversation: before.count..<before.count + conversation.ids.count)
    }

    /// The prompt for some turns.
    ///
    /// - Parameters:
    ///   - turns: the turns of a row, in order.
    ///   - isOverflow: whether it is a single turn that is too long.
    package func prompt(
        of turns: [TurnTexts], isOverflow: Bool, _ budget: TokenBudget
    ) throws -> EncodedPrompt {
        if isOverflow, turns.count == 1 {
            return prompt(around: try conversations.encode(overflow: turns[0], budget))
        }
        return prompt(around: try conversations.encode(text: TurnBlock.text(of: turns)[...], budget))
    }
}
