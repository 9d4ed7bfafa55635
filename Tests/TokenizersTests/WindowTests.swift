import CProcessor
import Testing
import Texts

@testable import Tokenizers

/// The words that are found in windows of 64 bytes are those that reading character by character finds.
@Suite struct WindowTests {
    private static let pieces = [
        " ", "  ", "\n", "\r", "\t", "'", "'s", "'LL", "'re", ".", ",", "(", "@", "[", "`", "{", "~",
        "\u{7F}",
        "\u{1F}", "\0", "0", "9", "42", "12345", " \n", "\n ", ".\n", "a", "Z", "the", "Word", "zebra", "é",
        "ſ",
        "'ſ", "中", "▁", "▂", "\u{2028}", "\u{A0}", "\u{3000}", "’", "😀", "Ⅷ", "٣", "²", "e\u{301}",
        "abcdefghijklmnop",
    ]

    /// Texts of pieces, of which few are used in each, so that runs of a kind are long enough to cross windows.
    private func texts(_ count: Int, pieces: Int) -> [[UInt8]] {
        var draw = Draw(state: 11)
        return (0..<count).map { _ in
            let few = (0..<4).map { _ in Self.pieces.randomElement(using: &draw) ?? "" }
            return (0..<Int.random(in: 0...pieces, using: &draw)).flatMap { _ in
                let all = Int.random(in: 0..<4, using: &draw) == 0 ? Self.pieces : few
                return Array((all.randomElement(using: &draw) ?? "").utf8)
            }
        }
    }

    private func slowEnds(_ splitter: some WordSplitter, _ text: Span<UInt8>, _ range: Range<Int>) -> [Int] {
        var ends: [Int] = []
        var position = range.lowerBound
        while position < range.upperBound {
            position = splitter.wordEnd(text, position, range.upperBound)
            ends.append(position)
        }
        return ends
    }

    /// The ends of the words in `range`, window by window, and how many were not found in one.
    private func ends(
        _ splitter: some WordSplitter, _ text: Span<UInt8>, _ range: Range<Int>
    ) -> (ends: [Int], unseen: Int) {
        var ends: [Int] = []
        var unseen = 0
        var position = range.lowerBound
        while position < range.upperBound {
            let count = min(TextWindow.size, range.upperBound - position)
            let starts = splitter.starts(text, position, count)
            #expect(starts & 1 == 1 && (count == 64 || starts >> UInt64(count + 1) == 0))
            if starts == 1 {
                unseen += 1
                position = splitter.wordEnd(text, position, range.upperBound)
                ends.append(position)
            } else {
                for index in 1..<64 where starts >> UInt64(index) & 1 == 1 { ends.append(position + index) }
                position = ends[ends.count - 1]
            }
        }
        return (ends, unseen)
    }

    private func check(_ splitter: some WordSplitter, _ texts: [[UInt8]], unseen: Double) {
        var words = 0
        var missed = 0
        let padding = [UInt8](repeating: 0x73, count: TextWindow.bytesRead)
        for text in texts {
            // What is in front of the text and behind it is not its own.
            let padded = Array("it'".utf8) + text + padding
            let range = 3..<3 + text.count
            let expected = slowEnds(splitter, padded.span, range)
            let found = ends(splitter, padded.span, range)
            if found.ends != expected {
                Issue.record("\(String(decoding: text, as: UTF8.self).debugDescription)")
            }
            words += expected.count
            missed += found.unseen
        }
        #expect(words > 10_000 && Double(missed) < Double(words) * unseen)
    }

    @Test(arguments: [SplitPattern.gpt2, .llama3, .qwen2])
    func wordsOfPatterns(pattern: SplitPattern) {
        check(PatternScanner(pattern), texts(6000, pieces: 70), unseen: 0.2)
        check(PatternScanner(pattern), texts(3000, pieces: 12), unseen: 0.2)
    }

    @Test func wordsThatNoTokenJoins() {
        var cutter = WordCutter()
        for token in ["▁▁", "e▁", ".▁▁", "\n\n", "中中", "▁a", "ab", "é▁"] { cutter.note(Array(token.utf8)) }
        check(cutter, texts(4000, pieces: 70), unseen: 0.2)
    }

    @Test func listedWordsAreFoundInWindows() {
        var draw = Draw(state: 5)
        for _ in 0..<300 {
            var ends: [Int] = []
            for _ in 0..<Int.random(in: 1...40, using: &draw) {
                let most = Int.random(in: 0..<8, using: &draw) == 0 ? 150 : 12
                ends.append((ends.last ?? 0) + Int.random(in: 1...most, using: &draw))
            }
            let count = ends.last ?? 0
            let text = [UInt8](repeating: 0x61, count: count + TextWindow.bytesRead)
            #expect(self.ends(ListedWords(ends: ends), text.span, 0..<count).ends == ends)
            #expect(self.ends(WholeWord(), text.span, 0..<count).ends == [count])
        }
    }

    /// Every text of up to four bytes of every kind.
    @Test(arguments: [SplitPattern.gpt2, .llama3, .qwen2])
    func shortTexts(pattern: SplitPattern) {
        let scanner = PatternScanner(pattern)
        let bytes: [UInt8] = [0, 9, 10, 13, 0x1F, 0x20, 0x27, 0x2D, 0x32, 0x37, 0x53, 0x6C, 0x72, 0x7F]
        let padding = [UInt8](repeating: 0x6C, count: TextWindow.bytesRead)
        for number in 0..<bytes.count * bytes.count * bytes.count * bytes.count {
            let text = [1, 14, 196, 2744].map { bytes[number / $0 % bytes.count] } + padding
            for end in 1...4 {
                let found = ends(scanner, text.span, 0..<end)
                if found.ends != slowEnds(scanner, text.span, 0..<end) || found.unseen > 0 {
                    Issue.record("\(text[..<end]): \(found)")
                }
            }
        }
    }

    @Test func bytesArePlacedInBits() {
        var draw = Draw(state: 3)
        let text = (0..<300).map { _ in UInt8.random(in: 0...255, using: &draw) } + Array(0...255)
        func check(_ bits: (Int) -> UInt64, _ isWanted: (UInt8) -> Bool) {
            for start in 0...text.count - 64 {
                let expected = (0..<64).reduce(UInt64(0)) {
                    $0 | (isWanted(text[start + $1]) ? 1 << UInt64($1) : 0)
                }
                if bits(start) != expected { Issue.record("\(start): \(bits(start))") }
            }
        }
        for byte in [0, 0x27, 0x7F, 0x80, 0xFF] as [UInt8] {
            check({ text.span.bits(at: $0, equalTo: byte) }, { $0 == byte })
        }
        for (first, last) in [(0, 0x20), (0x30, 0x39), (0x80, 0xBF), (0xE2, 0xFF), (0, 0xFF)]
            as [(UInt8, UInt8)]
        {
            check({ text.span.bits(at: $0, from: first, to: last) }, { first...last ~= $0 })
        }
        check({ text.span.kindBits(at: $0).letters }, { Self.letters.contains($0) })
        check({ text.span.kindBits(at: $0).digits }, { 0x30...0x39 ~= $0 })
        check({ text.span.kindBits(at: $0).spaces }, { $0 == 0x20 })
        check({ text.span.kindBits(at: $0).whiteSpace }, { $0 == 0x20 || 0x09...0x0D ~= $0 })
        check({ text.span.kindBits(at: $0).newlines }, { $0 == 0x0A || $0 == 0x0D })
        check({ text.span.kindBits(at: $0).apostrophes }, { $0 == 0x27 })
        check({ text.span.kindBits(at: $0).long }, { $0 >= 0x80 })
    }

    private static let letters = Set(UInt8(ascii: "a")...UInt8(ascii: "z")).union(
        UInt8(ascii: "A")...UInt8(ascii: "Z"))

    /// Whatever vectors the processor has, so that those of others are tried where they can be.
    @Test func allProcessorsFindTheSameKinds() {
        func fields(_ kinds: byte_kinds) -> [UInt64] {
            [
                kinds.letters, kinds.digits, kinds.spaces, kinds.white_space, kinds.newlines,
                kinds.apostrophes,
                kinds.others,
            ]
        }
        for first in 0..<193 as Range<UInt8> {
            let text = (0..<64).map { first + $0 }
            var kinds = byte_kinds()
            find_kinds(text, &kinds)
            let expected = fields(kinds)
            #expect(fields(kinds_of_bytes(text)) == expected)
            #if arch(x86_64)
                if has_avx2() {
                    find_kinds_avx2(text, &kinds)
                    #expect(fields(kinds) == expected)
                }
                if has_avx512() {
                    find_kinds_avx512(text, &kinds)
                    #expect(fields(kinds) == expected)
                }
            #endif
        }
    }

    @Test func allProcessorsFindTheSameFirstByte() {
        for count in [1, 5, 63, 64, 65, 127, 128, 200] {
            for place in 0...count {
                var text = (0..<count).map { UInt8($0 * 31 % 0xCC) }
                if place < count { text[place] = 0xCC + UInt8(place % 50) }
                #expect(count_below(text, count, 0xCC) == place)
                #expect(first_not_below(text, count, 0xCC) == place)
                #expect(text.span.firstByte(notBelow: 0xCC, in: 0..<count) == place)
                #expect(text.span.firstByte(notBelow: 0xCC, in: place..<count) == place)
                #if arch(x86_64)
                    if has_avx2() { #expect(count_below_avx2(text, count, 0xCC) == place) }
                    if has_avx512() { #expect(count_below_avx512(text, count, 0xCC) == place) }
                #endif
            }
        }
        let none: [UInt8] = []
        #expect(none.span.firstByte(notBelow: 0xCC, in: 0..<0) == 0)
    }

    @Test func copiesNearTheEndHaveZerosBehind() {
        for count in [0, 1, 16, 79, 80, 81, 200] {
            let text = (0..<count).map { UInt8($0 % 251 + 1) }
            for start in 0...count {
                let expected =
                    text[start...].prefix(80) + [UInt8](repeating: 0, count: max(0, 80 - count + start))
                let copy = text.span.eightyBytes(at: start)
                #expect((0..<80).map { copy[$0] } == Array(expected))
            }
        }
    }

    @Test func theFirstBytesOfAnInteger() {
        for count in -8...23 {
            let expected = (0..<8).reduce(UInt64(0)) { $0 | ($1 < count ? 0xFF << UInt64(8 * $1) : 0) }
            #expect(UInt64.firstBytes(count) == expected)
        }
    }

    @Test(arguments: [[], [0x3C], [0x3C, 0x5B, 0xE2, 0], Set(0x30...0x39)] as [Set<UInt8>])
    func wantedBytesAreFound(wanted: Set<UInt8>) {
        let finder = ByteFinder(wanted)
        var found = 0
        for text in texts(300, pieces: 40) + [
            [0x3C], [], [UInt8](repeating: 0x3B, count: 33) + [0x3C, 0x3D],
        ] {
            for start in stride(from: 0, through: text.count, by: 5) {
                for end in [text.count, max(start, text.count - 3)] {
                    let expected = text[start..<end].firstIndex { wanted.contains($0) }
                    #expect(finder.first(in: text.span, start..<end) == expected)
                    if expected != nil { found += 1 }
                }
            }
        }
        #expect(wanted.isEmpty == (found == 0))
    }
}
