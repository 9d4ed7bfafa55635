package import PackedRows
import StageKit
package import Tokenizers

/// Tokenizes the turns of a comparison, within a budget.
///
/// The texts of conversations are only text: spelling out a special token does not produce that token, so no
/// conversation can end its own turn.
package struct ConversationEncoder: Sendable {
    private let tokenizer: Tokenizer
    private let separator: [Int32]
    private let beforePrompt: [Int32]
    private let beforeResponseA: [Int32]
    private let beforeResponseB: [Int32]

    /// The number of tokens in the three headings of a turn, tokenized separately.
    let headingCount: Int

    /// An encoder with a model's tokenizer.
    package init(_ tokenizer: Tokenizer) throws {
        self.tokenizer = tokenizer
        separator = try Self.ids(TurnBlock.separator[...], tokenizer)
        beforePrompt = try Self.ids(TurnBlock.beforePrompt[...], tokenizer)
        beforeResponseA = try Self.ids(TurnBlock.beforeResponseA[...], tokenizer)
        beforeResponseB = try Self.ids(TurnBlock.beforeResponseB[...], tokenizer)
        headingCount = beforePrompt.count + beforeResponseA.count + beforeResponseB.count
    }

    /// A row's whole text: tokenized at once, and truncated to the budget on one side.
    package func encode(text: ArraySlice<UInt8>, _ budget: TokenBudget) throws -> EncodedConversation {
        let ids = try Self.ids(text, tokenizer)
        guard ids.count > budget.maximum else { return EncodedConversation(ids: ids, isTruncated: false) }
        return EncodedConversation(
            ids: Array(budget.row.part(of: ids, budget.maximum)), isTruncated: true)
    }

    /// A single turn that is too long: prompt, A and B are tokenized with their headings, one by one.
    ///
    /// If they fit together, they are concatenated; otherwise, each is truncated to its share from ``Allocation``, and
    /// followed by an empty line.
    package func encode(overflow turn: TurnTexts, _ budget: TokenBudget) throws -> EncodedConversation {
        let parts = try [
            TurnBlock.beforePrompt + turn.prompt, TurnBlock.beforeResponseA.dropFirst(2) + turn.responseA,
            TurnBlock.beforeResponseB.dropFirst(2) + turn.responseB,
        ].map { try Self.ids($0[...], tokenizer) }
        guard parts.reduce(0, { $0 + $1.count }) > budget.maximum else {
            return EncodedConversation(ids: Array(parts.joined()), isTruncated: false, parts: parts)
        }
        // The end of a text has no heading: it is taken from the bare text.
        if budget.overflow == .keepEnd { return join([try encode(turn)], isOverflow: true, budget) }
        let kept = cut(parts, budget)
        return EncodedConversation(
            ids: Array(kept.map { $0 + separator }.joined()), isTruncated: kept != parts, parts: kept)
    }

    /// The tokens of a turn's bare texts, each separately.
    package func encode(_ turn: TurnTexts) throws -> EncodedTurn {
        EncodedTurn(
            prompt: try Self.ids(turn.prompt, tokenizer), responseA: try Self.ids(turn.responseA, tokenizer),
            responseB: try Self.ids(turn.responseB, tokenizer))
    }

    /// A turn's length: the tokens of its texts and of the three headings.
    package func length(of turn: EncodedTurn) -> Int {
        headingCount + turn.prompt.count + turn.responseA.count + turn.responseB.count
    }

    /// Joins turns of bare texts: with headings, and with an empty line between turns, which the budget does not count.
    ///
    /// If there is a single turn that is too long, its bare texts are truncated to their shares from ``Allocation``.
    package func join(
        _ turns: [EncodedTurn], isOverflow: Bool, _ budget: TokenBudget
    ) -> EncodedConversation {
        var result = EncodedConversation(ids: [], isTruncated: false)
        for (index, turn) in turns.enumerated() {
            var texts = [turn.prompt, turn.responseA, turn.responseB]
            if isOverflow {
                texts = cut(texts, budget)
                result.isTruncated = texts != [turn.prompt, turn.responseA, turn.responseB]
            }
            let parts = [beforePrompt + texts[0], beforeResponseA + texts[1], beforeResponseB + texts[2]]
            if index > 0 { result.ids += separator }
            result.ids += parts.joined()
            if isOverflow { result.parts = parts }
        }
        return result
    }

    /// The bytes of tokens, without a partial character at either end.
    package func bytes(_ ids: [Int32]) -> ArraySlice<UInt8> {
        wholeCharacters(tokenizer.decodeBytes(ids, skipsSpecialTokens: false))
    }

    private func cut(_ parts: [[Int32]], _ budget: TokenBudget) -> [[Int32]] {
        let caps = Allocation(
            prompt: parts[0].count, responseA: parts[1].count, responseB: parts[2].count,
            promptBudget: budget.prompt, responseBudget: budget.response)
        return zip(parts, [caps.prompt, caps.responseA, caps.responseB]).map { ids, cap in
            Array(budget.overflow.part(of: ids, cap))
        }
    }

    private func wholeCharacters(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var slice = bytes[...]
        while let first = slice.first, first & 0xC0 == 0x80 { slice = slice.dropFirst() }
        // A character's first byte determines its length.
        guard let last = slice.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return slice }
        let byte = slice[last]
        let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        return slice.endIndex - last < length ? slice[..<last] : slice
    }

    private static func ids(_ text: ArraySlice<UInt8>, _ tokenizer: Tokenizer) throws -> [Int32] {
        try tokenizer.encode(
            bytes: Array(text), EncodingOptions(addsSpecialTokens: false, specialTokens: .asText))
    }
}
