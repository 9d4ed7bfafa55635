package import PackedRows
import StageKit
package import Tokenizers

/// Turns of a comparison to tokens, within a budget.
///
/// Texts of conversations are text: where one spells a special token, it is not that token, so that no conversation
/// can close its own turn.
package struct ConversationEncoder: Sendable {
    private let tokenizer: Tokenizer
    private let separator: [Int32]
    private let beforePrompt: [Int32]
    private let beforeResponseA: [Int32]
    private let beforeResponseB: [Int32]

    /// How many tokens the three headings of a turn have, made by themselves.
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

    /// A row's whole text: tokenized at once, and cut to the budget on one side.
    package func encode(text: ArraySlice<UInt8>, _ budget: TokenBudget) throws -> EncodedConversation {
        let ids = try Self.ids(text, tokenizer)
        guard ids.count > budget.maximum else { return EncodedConversation(ids: ids, isTruncated: false) }
        return EncodedConversation(
            ids: Array(budget.row.part(of: ids, budget.maximum)), isTruncated: true)
    }

    /// A turn that is too long by itself: prompt, A and B are tokenized with their headings, one by one.
    ///
    /// Where they fit together they follow each other with nothing between; else each is cut to what ``Allocation``
    /// grants it, and an empty line follows each.
    package func encode(overflow turn: TurnTexts, _ budget: TokenBudget) throws -> EncodedConversation {
        let parts = try [
            TurnBlock.beforePrompt + turn.prompt, TurnBlock.beforeResponseA.dropFirst(2) + turn.responseA,
            TurnBlock.beforeResponseB.dropFirst(2) + turn.responseB,
        ].map { try Self.ids($0[...], tokenizer) }
        guard parts.reduce(0, { $0 + $1.count }) > budget.maximum else {
            return EncodedConversation(ids: Array(parts.joined()), isTruncated: false, parts: parts)
        }
        // An end has no heading: it is cut out of the bare text.
        if budget.overflow == .keepEnd { return join([try encode(turn)], isOverflow: true, budget) }
        let kept = cut(parts, budget)
        return EncodedConversation(
            ids: Array(kept.map { $0 + separator }.joined()), isTruncated: kept != parts, parts: kept)
    }

    /// The tokens of a turn's bare texts, each by itself.
    package func encode(_ turn: TurnTexts) throws -> EncodedTurn {
        EncodedTurn(
            prompt: try Self.ids(turn.prompt, tokenizer), responseA: try Self.ids(turn.responseA, tokenizer),
            responseB: try Self.ids(turn.responseB, tokenizer))
    }

    /// A turn's length: its texts' tokens and those of the three headings.
    package func length(of turn: EncodedTurn) -> Int {
        headingCount + turn.prompt.count + turn.responseA.count + turn.responseB.count
    }

    /// Turns of bare texts put together: headings, and an empty line between turns, which the budget does not count.
    ///
    /// Where one turn is too long by itself, its bare texts are cut to what ``Allocation`` grants them.
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

    /// The bytes that tokens stand for, without a character's part at either end.
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
        // A character's first byte says how many follow it.
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
