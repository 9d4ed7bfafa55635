import StageTestSupport
import Testing

@testable import PackedRows
@testable import PromptTemplates

/// Tokens are bytes here, so that every count can be seen.
struct ConversationEncoderTests {
    private func encoder() throws -> ConversationEncoder {
        try ConversationEncoder(ByteTokenizer.tokenizer())
    }

    private func turn(_ prompt: String, _ responseA: String, _ responseB: String) -> TurnTexts {
        TurnTexts(
            prompt: Array(prompt.utf8)[...], responseA: Array(responseA.utf8)[...],
            responseB: Array(responseB.utf8)[...])
    }

    private func text(_ ids: [Int32]) -> String {
        String(decoding: ids.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }

    @Test func aRowKeepsItsEndOrItsStart() throws {
        let encoder = try encoder()
        let row = Array("0123456789".utf8)[...]
        let end = try encoder.encode(text: row, TokenBudget(maximum: 4))
        #expect(text(end.ids) == "6789" && end.isTruncated)
        let start = try encoder.encode(text: row, TokenBudget(maximum: 4, row: .keepStart))
        #expect(text(start.ids) == "0123" && start.isTruncated)
        let whole = try encoder.encode(text: row, TokenBudget(maximum: 10))
        #expect(text(whole.ids) == "0123456789" && !whole.isTruncated)
    }

    @Test func anOverflowThatFitsHasNothingBetweenItsParts() throws {
        let encoded = try encoder().encode(overflow: turn("why", "so", "no"), TokenBudget(maximum: 100))
        #expect(text(encoded.ids) == "#Prompt\nwhy#Response\n##Model A\nso##Model B\nno")
        #expect(!encoded.isTruncated)
    }

    @Test func anOverflowIsCutByAllocationAndAnEmptyLineFollowsEachPart() throws {
        let p = String(repeating: "p", count: 92)
        let a = String(repeating: "a", count: 80)
        let b = String(repeating: "b", count: 190)
        // With headings 100, 100 and 200 tokens, for a budget of 40 + 2 × 80.
        let budget = TokenBudget(maximum: 200, prompt: 40, response: 80)
        let encoded = try encoder().encode(overflow: turn(p, a, b), budget)
        let caps = Allocation(
            prompt: 100, responseA: 100, responseB: 200, promptBudget: 40, responseBudget: 80)
        #expect([caps.prompt, caps.responseA, caps.responseB] == [40, 80, 80])
        #expect(
            text(encoded.ids)
                == "#Prompt\n" + p.prefix(32) + "\n\n#Response\n##Model A\n" + a.prefix(60)
                + "\n\n##Model B\n" + b.prefix(70) + "\n\n")
        #expect(encoded.isTruncated && encoded.ids.count == 206)
    }

    @Test func anEndIsCutOutOfTheBareTexts() throws {
        let digits = String(repeating: "0123456789", count: 10)
        let budget = TokenBudget(maximum: 50, prompt: 10, response: 20, overflow: .keepEnd)
        let encoded = try encoder().encode(overflow: turn(digits, digits, "short"), budget)
        // B lends A the fifteen that it leaves.
        #expect(
            text(encoded.ids)
                == "#Prompt\n0123456789\n\n#Response\n##Model A\n" + digits.suffix(35)
                + "\n\n##Model B\nshort")
    }

    @Test func turnsOfBareTextsAreTheTextOfTheirBlocks() throws {
        let encoder = try encoder()
        let turns = [turn("one", "two", "three"), turn("", "vier", "fünf")]
        let encoded = encoder.join(
            try turns.map { try encoder.encode($0) }, isOverflow: false, TokenBudget(maximum: 16))
        #expect(encoded.ids.map { UInt8(truncatingIfNeeded: $0) } == TurnBlock.text(of: turns))
        #expect(!encoded.isTruncated)
        // Headings count, the empty line between turns does not.
        let lengths = try turns.map { encoder.length(of: try encoder.encode($0)) }
        #expect(lengths.reduce(0, +) + 2 == encoded.ids.count)
    }

    @Test func bytesEndWithWholeCharacters() throws {
        let encoder = try encoder()
        let bytes: [UInt8] = Array("aé你😀".utf8)
        for start in bytes.indices {
            for end in start...bytes.count {
                let found = encoder.bytes(bytes[start..<end].map { Int32($0) })
                #expect(String(validating: found, as: UTF8.self) != nil)
                #expect(end - start - found.count <= 6)
            }
        }
        #expect(Array(encoder.bytes(bytes.map { Int32($0) })) == bytes)
    }
}
