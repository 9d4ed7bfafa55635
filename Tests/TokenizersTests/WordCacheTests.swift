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

    /// What the cache has for a word.
    private func find(_ key: WordCache.Key, in cache: WordCache) -> [Int32]? {
        var room = ContiguousArray<Int32>(repeating: 0, count: WordCache.longestWord)
        var written = 0

        return cache.write(key, to: &room, at: &written) ? Array(room[..<written]) : nil
    }

    @Test func aWordsIdsAreItsOwnHoweverManyThereAre() {
        var cache = WordCache()
        var hits = 0
        for word in words(300_000, lengths: 1...WordCache.longestWord) {
            let expected = ids(word)
            let key = WordCache.Key(word.span, 0, word.count)
            if let found = find(key, in: cache) {
                hits += 1
                #expect(found == expected)
            } else {
                cache.insert(key, expected)
                #expect(find(key, in: cache) == expected)
            }
        }
        #expect(hits > 100_000)
    }

    @Test func wordsAreWrittenTogetherUpToOneThatIsElsewhere() {
        var cache = WordCache()
        let known = words(3_000, lengths: 3...12)
        for word in known {
            let key = WordCache.Key(word.span, 0, word.count)
            if find(key, in: cache) == nil { cache.insert(key, ids(word)) }
        }
        var (together, forgotten) = (0, 0)
        for start in stride(from: 0, to: known.count, by: 50) {
            let batch = known[start..<start + 50] + [Array("unknown".utf8)]
            let keys = ContiguousArray(batch.map { WordCache.Key($0.span, 0, $0.count) })
            var room = ContiguousArray<Int32>(repeating: 0, count: batch.count * WordCache.longestWord)
            var (written, next) = (0, 0)
            while true {

                let before = next
                next += cache.write(keys.span.extracting(next...), to: &room, at: &written)
                together += next - before
                if next == batch.count - 1 { break }
                // It has more than three ids, or is beside its own line, or was forgotten.
                if !cache.write(keys[next], to: &room, at: &written) {
                    forgotten += 1
                    for id in ids(known[start + next]) {
                        room[written] = id
                        written += 1
                    }
                }
                next += 1
            }
            #expect(Array(room[..<written]) == batch.dropLast().flatMap(ids))
        }
        #expect(together > 1_000)
        #expect(forgotten < 300)
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
