import Testing

@testable import PromptTemplates
@testable import RowStages

struct LengthEstimateTests {
    private func measure(_ text: String) -> TextMeasure { TextMeasure(Array(text.utf8)[...]) }

    private let words = LengthEstimate(.words)

    @Test(
        arguments: [
            ("", 1.0), ("one", 1), ("one two", 2), ("one  two", 3), (" ", 2), ("one\ntwo\tthree", 1),
            (String(repeating: "你", count: 299), 1), (String(repeating: "你", count: 300), 225),
            (String(repeating: "你", count: 300) + String(repeating: " a", count: 10), 11),
            (String(repeating: "x", count: 301), 225.75),
        ] as [(String, Double)])
    func countsWordsOrCharacters(_ text: String, _ count: Double) {
        #expect(words.units(measure(text)) == count)
    }

    @Test func plainWordsDependOnlyOnSpaces() {
        #expect(LengthEstimate(.plainWords).units(measure(String(repeating: "你", count: 900))) == 1)
    }

    @Test func charactersAreCodePoints() {
        #expect(LengthEstimate(.characters).units(measure("e\u{301} 你😀")) == 5)
        #expect(LengthEstimate(.characters).tokens(measure("1234")) == 2)
        #expect(LengthEstimate(.characters, unitsPerToken: 4).tokens(measure("1234")) == 1)
    }

    @Test func aTokenIsThreeQuartersOfAWord() {
        #expect(words.tokens(measure("a b c")) == 4)
        #expect(words.tokens(measure("a b c d")) == 6)
        #expect(words.tokens(measure(String(repeating: "你", count: 301))) == 301)
        #expect(LengthEstimate(.words, unitsPerToken: 1).tokens(measure("a b c")) == 3)
    }

    @Test func measuresAddUp() {
        let parts = measure("a b é") + measure("😀 你")
        #expect(parts == measure("a b é😀 你"))
    }

    @Test func eitherEndIsKept() {
        let utf8 = Array("a bb ccc dddd".utf8)[...]
        func part(_ estimate: LengthEstimate, _ tokens: Int, _ kept: TokenBudget.Kept) -> String {
            String(decoding: estimate.part(utf8, tokens: tokens, kept), as: UTF8.self)
        }
        #expect(part(words, 3, .keepStart) == "a bb" && part(words, 3, .keepEnd) == "ccc dddd")
        #expect(part(words, 1, .keepStart).isEmpty && part(words, 1, .keepEnd).isEmpty)
        let characters = LengthEstimate(.characters)
        #expect(part(characters, 2, .keepStart) == "a bb c" && part(characters, 2, .keepEnd) == "c dddd")
        #expect(part(characters, 3, .keepEnd) == " ccc dddd")
    }

    @Test(arguments: [
        LengthEstimate(.words), LengthEstimate(.plainWords), LengthEstimate(.characters),
        LengthEstimate(.words, unitsPerToken: 1.5),
    ])
    func aPartIsWorthNoMoreThanItsTokens(_ estimate: LengthEstimate) {
        let texts = ["a bb ccc dddd eeeee ffffff", String(repeating: "你好é", count: 150), "", "one"]
        for text in texts {
            let utf8 = Array(text.utf8)[...]
            for limit in 0...210 {
                for kept in TokenBudget.Kept.allCases {
                    let part = estimate.part(utf8, tokens: limit, kept)
                    #expect(kept == .keepStart ? utf8.starts(with: part) : utf8.suffix(part.count) == part)
                    #expect(String(validating: part, as: UTF8.self) != nil)
                    guard !part.isEmpty else { continue }
                    // A short rest of an unspaced text counts as words, which is less.
                    #expect(estimate.tokens(TextMeasure(part)) <= max(limit, 2))
                }
            }
            let all = estimate.tokens(measure(text))
            #expect(estimate.part(utf8, tokens: all, .keepStart) == utf8)
        }
    }
}
