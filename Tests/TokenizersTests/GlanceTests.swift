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
            while position < text.count {
                let end = splitter.wordEnd(text.span, position, text.count)
                let length = splitter.glance(SixteenBytes(text.span, position, upTo: text.count))
                if length > 0 {
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

    /// Every text of up to four bytes of every kind, so that nothing that is seen depends on what follows.
    @Test(arguments: [SplitPattern.gpt2, .llama3, .qwen2])
    func shapes(pattern: SplitPattern) {
        let scanner = WordScanner(pattern)
        let bytes: [UInt8] = [0, 9, 10, 13, 0x1F, 0x20, 0x27, 0x2D, 0x32, 0x37, 0x53, 0x6C, 0x72, 0x7F]
        var seen = 0
        for number in 0..<bytes.count * bytes.count * bytes.count * bytes.count {
            let text = [1, 14, 196, 2744].map { bytes[number / $0 % bytes.count] }
            for end in 1...4 {
                let span = text.span.extracting(..<end)
                let length = scanner.glance(SixteenBytes(span, 0, upTo: end))
                if length > 0 {
                    seen += 1
                    if length != scanner.wordEnd(span, 0, end) { Issue.record("\(text[..<end]): \(length)") }
                }
            }
        }
        #expect(seen > 50_000)
    }

    @Test func theFirstBytesOfAnInteger() {
        for count in -20...40 {
            let expected = (0..<8).reduce(UInt64(0)) { $0 | ($1 < count ? 0xFF << UInt64(8 * $1) : 0) }
            #expect(SixteenBytes.first(count) == expected)
        }
    }

    @Test func bytesUpToAnEndAreFollowedByZeros() {
        for count in [1, 7, 15, 16, 17, 40] {
            let text = (0..<count).map { UInt8($0 * 7 % 251 + 1) }
            for start in 0..<count {
                for end in start + 1...min(count, start + 16) {
                    let bytes = SixteenBytes(text.span, start, upTo: end)
                    let all = UInt128(bytes.high) << 64 | UInt128(bytes.low)
                    for index in 0..<16 {
                        let expected = start + index < end ? text[start + index] : 0
                        #expect(UInt8(truncatingIfNeeded: all >> UInt128(8 * index)) == expected)
                    }
                }
            }
        }
    }

    @Test(arguments: [[], [0x3C], [0x3C, 0x5B, 0xE2, 0], Set(0x30...0x39)] as [Set<UInt8>])
    func wantedBytesAreFound(wanted: Set<UInt8>) {
        let finder = ByteFinder(wanted)
        var found = 0
        for text in texts(300) + [[0x3C], [], [UInt8](repeating: 0x3B, count: 33) + [0x3C, 0x3D]] {
            for start in stride(from: 0, through: text.count, by: 5) {
                let expected = text[start...].firstIndex { wanted.contains($0) }
                #expect(finder.first(in: text.span, start..<text.count) == expected)
                if expected != nil { found += 1 }
            }
        }
        #expect(wanted.isEmpty == (found == 0))
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
