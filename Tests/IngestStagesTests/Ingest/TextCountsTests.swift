import Testing

@testable import IngestStages

struct TextCountsTests {
    private func slice(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        ([0xAA] + bytes + [0xAA])[1..<bytes.count + 1]
    }

    /// Texts of all lengths around the bound, with and without zeros at their ends, are distinguished.
    @Test func shortTextsAreEqualWhereTheirBytesAre() {
        var texts: Set<[UInt8]> = []
        for count in 0...30 {
            for place in 0..<max(1, count) {
                for byte: UInt8 in [0, 1, 0xFF] {
                    var text = [UInt8](repeating: 0, count: count)
                    if count > 0 { text[place] = byte }
                    texts.insert(text)
                }
            }
        }
        #expect(Set(texts.map { ShortText(slice($0)) }).count == texts.count)
        for text in texts { #expect(ShortText(slice(text)) == ShortText(text[...])) }
    }

    @Test func canonicallyEquivalentTextsAreOneText() {
        var counts = TextCounts()
        for text in ["e\u{301}", "a", "é", "a", "", "a name of more than 23 bytes"] {
            counts.add(slice(Array(text.utf8)))
        }
        #expect(counts.byText == ["é": 2, "a": 2, "": 1, "a name of more than 23 bytes": 1])
        #expect(counts.byText.first { $0.key == "é" }.map { Array($0.key.utf8) } == Array("e\u{301}".utf8))
    }
}
