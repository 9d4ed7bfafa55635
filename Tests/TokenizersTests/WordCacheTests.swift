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

    /// The first eight bytes of a word.
    private func start(_ word: [UInt8]) -> UInt64 { SixteenBytes(word.span, 0, upTo: word.count).low }

    @Test func aShortWordsIdsAreItsOwn() throws {
        var cache = ShortWordCache()
        var hits = 0
        for word in words(300_000, lengths: 1...ShortWordCache.longestWord) {
            let expected = try #require(WordEntry(length: word.count, Array(smallIDs(word).prefix(3))))
            let found = cache.entry(start(word), word.count)
            if found != .absent {
                hits += 1
                #expect(found == expected)
            } else {
                cache.insert(start(word), expected)
                #expect(cache.entry(start(word), word.count) == expected)
            }
        }
        #expect(hits > 200_000)
    }

    /// A NUL is a byte like others.
    @Test func wordsThatEndInZerosAreDifferent() throws {
        var cache = ShortWordCache()
        for count in 1...8 {
            let word = [UInt8(ascii: "a")] + [UInt8](repeating: 0, count: count - 1)
            #expect(cache.entry(start(word), count) == .absent)
            cache.insert(start(word), try #require(WordEntry(length: count, [Int32(count)])))
        }
        for count in 1...8 { #expect(cache.entry(UInt64(UInt8(ascii: "a")), count).id(0) == Int32(count)) }
        #expect(cache.entry(UInt64(UInt8(ascii: "a")), 17) == .absent)
    }

    @Test func anEntryHasUpToThreeIDs() throws {
        for ids in [[], [0], [524_287], [1, 2], [524_287, 0, 524_287]] as [[Int32]] {
            let entry = try #require(WordEntry(length: 15, ids))
            #expect(entry.length == 15 && (0..<entry.count).map { entry.id($0) } == ids)
        }
        for ids in [[524_288], [-1], [1, 2, 3, 4]] as [[Int32]] { #expect(WordEntry(length: 1, ids) == nil) }
    }

    /// Ids that fit into an entry, unless there are too many.
    private func smallIDs(_ word: [UInt8]) -> [Int32] { ids(word).map { Int32($0.magnitude % 500_000) } }

    @Test func wordsAreFoundTogether() throws {
        var short = ShortWordCache()
        var middle = WordCache()
        let known = words(3_000, lengths: 1...18)
        for word in known where word.count <= 15 {
            let key = WordCache.Key(word.span, 0, word.count)
            if word.count <= 8, let entry = WordEntry(length: word.count, smallIDs(word)) {
                if short.entry(start(word), word.count) == .absent { short.insert(start(word), entry) }
            } else if find(key, in: middle) == nil {
                middle.insert(key, smallIDs(word))
            }
        }
        var together = 0
        for first in stride(from: 0, to: known.count, by: 60) {
            let all =
                known[first..<first + 30] + [Array("unknown".utf8), Array("alsounknown".utf8)]
                + known[first + 30..<first + 60]
            let text = all.flatMap { $0 }
            var ends: [Int] = []
            for word in all { ends.append((ends.last ?? 0) + word.count) }
            var splitter = ListedWords(ends: ends)
            var batch = WordBatch()
            #expect(batch.fill(with: &splitter, text.span, 0, text.count, for: short) == text.count)
            batch.look(in: short)
            batch.look(in: middle, text.span)
            let misses = (0..<batch.missCount).map { batch.miss($0) }
            #expect(misses == misses.sorted() && misses.contains(30) && misses.contains(31))
            var room = ContiguousArray<Int32>(repeating: 0, count: WordBatch.most * 15 + 3)
            for (index, word) in all.enumerated() {
                let place = index
                #expect(batch.range(place) == ends[index] - word.count..<ends[index])
                guard !misses.contains(place) else { continue }
                together += 1
                var written = 0
                batch.write(place..<place + 1, to: &room, at: &written)
                #expect(Array(room[..<written]) == smallIDs(word))
            }
            // What is elsewhere, and what is too long, is missed.
            for (index, word) in all.enumerated() where word.count > 15 || smallIDs(word).count > 3 {
                #expect(misses.contains(index))
            }
        }
        #expect(together > 1_000)
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

    @Test func keysDoNotDependOnTheSurroundings() {
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
