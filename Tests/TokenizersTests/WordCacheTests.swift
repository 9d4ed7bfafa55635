import Testing

@testable import Tokenizers

/// The caches of words, against what was put in.
@Suite struct WordCacheTests {
    /// Words of a few letters, so that they come again and share their beginnings.
    private func words(_ count: Int, lengths: ClosedRange<Int>) -> [[UInt8]] {
        var state: UInt64 = 7
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        return (0..<count).map { _ in
            let length = lengths.lowerBound + Int(next()) % lengths.count
            // Few words are long and rare: their ends repeat.
            let ending = next() & 0xFF
            return (0..<length).map {
                UInt8(ascii: "a") + UInt8($0 < 8 ? next() & 1 : ending >> UInt64($0 % 4 * 2) & 3)
            }
        }
    }

    /// Ids that spell the word, so that another's would be seen.
    private func ids(_ word: [UInt8]) -> [Int32] {
        let own = word.reduce(Int32(1)) { $0 &* 31 &+ Int32($1) }
        return (0..<Int32(own.magnitude % 6) + 1).map { own &+ $0 }
    }

    @Test func aWordsIdsAreItsOwnHoweverManyThereAre() {
        var cache = WordCache()
        var hits = 0
        for word in words(300_000, lengths: 1...WordCache.longestWord) {
            let expected = ids(word)
            let key = WordCache.Key(word.span, 0, word.count)
            if let slot = cache.find(key) {
                hits += 1
                #expect(slot.count == expected.count)
                let few = [slot.first, slot.second, slot.third]
                let found =
                    slot.count <= WordCache.Slot.most
                    ? few[..<Int(slot.count)]
                    : Array(cache.ids[Int(slot.first)..<Int(slot.first + slot.count)])[...]
                #expect(Array(found) == expected)
            } else {
                cache.insert(key, expected)
                #expect(cache.find(key)?.count == Int32(expected.count))
            }
        }
        #expect(hits > 100_000)
    }

    @Test func soAreALongWordsIds() {
        var cache = LongWordCache()
        var hits = 0
        for word in words(60_000, lengths: 16...24) {
            let expected = ids(word)
            let hash = LongWordCache.hash(word.span, 0, word.count)
            if let found = cache.find(hash, word.span, 0, word.count) {
                hits += 1
                #expect(Array(cache.ids[found]) == expected)
            } else {
                cache.insert(hash, word.span, 0, word.count, expected)
                #expect(cache.find(hash, word.span, 0, word.count) != nil)
            }
            // A word is compared, not only its hash.
            var other = word
            other[word.count - 1] ^= 1
            #expect(cache.find(hash, other.span, 0, other.count) == nil)
        }
        #expect(hits > 1000)
    }

    @Test func keysDoNotDependOnWhatIsAround() {
        let text = Array("before the word and behind it, far enough for two loads".utf8)
        for start in text.indices {
            for end in start + 1..<min(text.count, start + WordCache.longestWord) + 1 where end - start <= 15
            {
                let alone = Array(text[start..<end])
                #expect(
                    WordCache.Key(text.span, start, end) == WordCache.Key(alone.span, 0, alone.count))
            }
        }
    }
}
