import Testing

@testable import Tokenizers

/// The cache of words, against encoding without it.
@Suite struct WordCacheTests {
    private func words(_ count: Int) -> [[UInt8]] {
        var state: UInt64 = 7
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Few letters, so that words come again and share their beginnings.
            return (0..<(1 + Int(state >> 60))).map {
                UInt8(ascii: "a") + UInt8(state >> (UInt64($0) * 4) & 3)
            }
        }
    }

    @Test func aWordsIdsAreItsOwnHoweverManyThereAre() {
        var cache = WordCache()
        var hits = 0
        for word in words(400_000) where word.count <= WordCache.longestWord {
            // The ids spell the word, so that another's would be seen.
            let own = word.reduce(Int32(1)) { $0 &* 31 &+ Int32($1) }
            let expected = Array(repeating: own, count: Int(own.magnitude % 3) + 1)
            var output: [Int32] = [5]
            let key = WordCache.Key(word.span, 0, word.count)
            if cache.append(key, to: &output) {
                hits += 1
                #expect(output == [5] + expected)
            } else {
                #expect(output == [5])
                output += expected
                cache.insert(key, output, from: 1)
            }
        }
        #expect(hits > 100_000)
    }

    @Test func keysDoNotDependOnWhatIsAround() {
        let text = Array("before the word and behind it, far enough for two loads".utf8)
        for start in text.indices {
            for end in start + 1..<min(text.count, start + WordCache.longestWord) + 1 where end - start <= 15
            {
                let alone = Array(text[start..<end])
                let inside = WordCache.Key(text.span, start, end)
                let outside = WordCache.Key(alone.span, 0, alone.count)
                #expect(inside.low == outside.low && inside.high == outside.high)
            }
        }
    }
}
