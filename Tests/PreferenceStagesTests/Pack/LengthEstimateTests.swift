import Testing

@testable import PreferenceStages

struct LengthEstimateTests {
    private func measure(_ text: String) -> TextMeasure { TextMeasure(Array(text.utf8)[...]) }

    @Test(
        arguments: [
            ("", 1.0), ("one", 1), ("one two", 2), ("one  two", 3), (" ", 2), ("one\ntwo\tthree", 1),
            (String(repeating: "你", count: 299), 1), (String(repeating: "你", count: 300), 225),
            (String(repeating: "你", count: 300) + String(repeating: " a", count: 10), 11),
            (String(repeating: "x", count: 301), 225.75),
        ] as [(String, Double)])
    func countsWordsOrCharacters(_ text: String, _ words: Double) {
        #expect(LengthEstimate.words.words(measure(text)) == words)
    }

    @Test func plainWordsLookAtSpacesAlone() {
        #expect(LengthEstimate.plainWords.words(measure(String(repeating: "你", count: 900))) == 1)
    }

    @Test func measuresAddUp() {
        let parts = measure("a b é") + measure("😀 你")
        #expect(parts == measure("a b é😀 你"))
    }

    @Test func aPrefixIsWorthNoMoreThanItsTokens() {
        let texts = ["a bb ccc dddd eeeee ffffff", String(repeating: "你好é", count: 150), "", "one"]
        for text in texts {
            let utf8 = Array(text.utf8)[...]
            for limit in 0...210 {
                let prefix = LengthEstimate.words.prefix(utf8, tokens: limit)
                #expect(utf8.starts(with: prefix))
                #expect(UTF8.validate(prefix))
                guard !prefix.isEmpty else { continue }
                // A short rest of an unspaced text counts as words, which is less.
                #expect(LengthEstimate.words.tokens(TextMeasure(prefix)) <= max(limit, 2))
            }
            let all = LengthEstimate.words.tokens(measure(text))
            #expect(LengthEstimate.words.prefix(utf8, tokens: all) == utf8)
        }
    }
}

extension UTF8 {
    fileprivate static func validate(_ bytes: ArraySlice<UInt8>) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }
}
