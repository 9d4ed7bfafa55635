import Testing

@testable import Tokenizers

/// What is seen at a glance at sixteen bytes is what reading byte by byte finds.
@Suite struct GlanceTests {
    private static let pieces = [
        " ", "  ", "\n", "\r", "\t", "'", "'s", "'LL", ".", ",", "(", "@", "[", "`", "{", "~", "\u{7F}",
        "\u{1F}", "0", "9", "42",
        "a", "Z", "the", "Word", "zebra", "é", "ſ", "中", "▁", "▂", "\u{2028}", "😀", "Ⅷ", "abcdefghijklmnop",
    ]

    private func texts(_ count: Int) -> [[UInt8]] {
        var state: UInt64 = 11
        return (0..<count).map { _ in
            (0..<12).flatMap { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Array(Self.pieces[Int(state >> 33) % Self.pieces.count].utf8)
            }
        }
    }

    private func check(_ splitter: some WordSplitter, atLeast least: Int) {
        var splitter = splitter
        var seen = 0
        for text in texts(4000) {
            var position = 0
            while position + 16 <= text.count {
                let end = splitter.wordEnd(text.span, position, text.count)
                if let length = splitter.glance(SixteenBytes(text.span, position)) {
                    seen += 1
                    #expect(position + length == end, "\(text[position...])")
                }
                position = end
            }
        }
        #expect(seen > least)
    }

    @Test(arguments: [SplitPattern.gpt2, .llama3, .qwen2])
    func wordsOfPatterns(pattern: SplitPattern) { check(WordScanner(pattern), atLeast: 1000) }

    @Test func wordsThatNoTokenJoins() {
        var cutter = WordCutter()
        for token in ["▁▁", "e▁", ".▁▁", "\n\n", "中中", "▁a", "ab"] { cutter.note(Array(token.utf8)) }
        check(cutter, atLeast: 200)
    }

    @Test func bytesAreTheSameFromEveryPlace() {
        let text = Array((0..<40).map { UInt8($0 * 7 % 251) })
        for start in 0..<24 {
            let bytes = SixteenBytes(text.span, start)
            for index in 0..<16 {
                let expected = text[start + index..<start + 16].prefix(8)
                for (place, byte) in expected.enumerated() {
                    #expect(UInt8(truncatingIfNeeded: bytes.from(index) >> UInt64(place * 8)) == byte)
                }
            }
        }
    }
}
