import Parallelism
import Testing
import Texts

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

    /// Ids that an entry can have.
    private func fewIDs(_ word: [UInt8]) -> [Int32] {
        ids(word).prefix(4).map { Int32($0.magnitude % 200_000_000) }
    }

    private func key(_ word: [UInt8]) -> WordKey {
        WordKey((word + [UInt8](repeating: 0x78, count: 16)).span, at: 0, count: word.count)
    }

    private func list(_ entry: WordEntry) -> [Int32] {
        var ids = WordIDs()
        var list: [Int32] = []
        ids.append(entry, &list)
        ids.move(to: &list)
        return list
    }

    @Test func aWordsIdsAreItsOwnHoweverManyThereAre() throws {
        var cache = WordCache()
        var hits = 0
        for word in words(300_000, lengths: 1...WordKey.longestWord) {
            let expected = fewIDs(word)
            if let found = cache.entry(key(word)) {
                hits += 1
                #expect(list(found) == expected)
            } else if cache.insert(key(word), try #require(WordEntry(expected))) {
                #expect(cache.entry(key(word)).map { list($0) } == expected)
            } else {
                #expect(cache.entry(key(word)) == nil)
            }
        }
        #expect(hits > 100_000)
    }

    /// A NUL is a byte like others.
    @Test func wordsThatEndInZerosAreDifferent() throws {
        var cache = WordCache()
        let words = (1...15).map { [UInt8(ascii: "a")] + [UInt8](repeating: 0, count: $0 - 1) }
        for word in words {
            #expect(cache.entry(key(word)) == nil)
            #expect(cache.insert(key(word), try #require(WordEntry([Int32(word.count)]))))
        }
        for word in words { #expect(cache.entry(key(word)).map { list($0) } == [Int32(word.count)]) }
    }

    @Test func anEntryHasUpToFourIDs() throws {
        let largest: Int32 = 1 << 28 - 1
        for ids in [[0], [largest], [1, 2], [largest, 0, largest], [largest, 1, 0, largest]] as [[Int32]] {
            let entry = try #require(WordEntry(ids))
            #expect(entry.count == ids.count && list(entry) == ids)
        }
        for ids in [[], [largest + 1], [0, -1], [1, 2, 3, 4, 5]] as [[Int32]] {
            #expect(WordEntry(ids) == nil)
        }
    }

    /// What comes first stays, and what has no room is in no place.
    @Test func aFullCacheKeepsWhatItHas() throws {
        var cache = WordCache()
        var kept: [(WordKey, [Int32])] = []
        var refused = 0
        for number in 0..<600_000 as Range<UInt64> {
            let key = WordKey(low: number, high: 8 << 56)
            let ids = [Int32(number), Int32(number) + 1]
            if cache.insert(key, try #require(WordEntry(ids))) {
                kept.append((key, ids))
            } else {
                refused += 1
                if cache.entry(key) != nil { Issue.record("\(number)") }
            }
        }
        #expect(refused > 10_000 && kept.count > 200_000)
        var lost = 0
        for (key, ids) in kept {
            guard let entry = cache.entry(key) else {
                lost += 1
                continue
            }
            if list(entry) != ids { Issue.record("\(key): \(list(entry))") }
        }
        // Those that had room in a smaller table, but not in a larger one.
        #expect(lost < 1000)
    }

    @Test func aBatchOfWordsIsFoundTogether() throws {
        var cache = WordCache()
        let put = words(3_000, lengths: 1...15)
        for word in put where cache.entry(key(word)) == nil {
            _ = cache.insert(key(word), try #require(WordEntry(fewIDs(word))))
        }
        let all = put.filter { cache.entry(key($0)) != nil }
        let known = all.dropLast(all.count % 4)
        #expect(known.count > 2_900)
        let long = Array("longer than a key".utf8)
        var together = 0
        for first in stride(from: 0, to: known.count, by: 4) {
            let all =
                Array(known[first..<first + 2]) + [Array("unknown".utf8), long] + known[first + 2..<first + 4]
            let text = Array("in front".utf8) + all.flatMap { $0 } + [UInt8](repeating: 0x79, count: 16)
            var ends: [Int] = []
            for word in all {
                let end = (ends.last ?? 0) + word.count
                if end >= 64 { break }
                ends.append(end)
            }
            var batch = WordBatch()
            let starts = ends.reduce(UInt64(1)) { $0 | 1 << UInt64($1) }
            batch.add(starts, of: text.span, at: 8, 100, for: cache)
            batch.add(text.span, 0..<2, for: cache)
            #expect(batch.count == ends.count + 1)
            var ids = WordIDs()
            var missed: [Int] = []
            var index = cache.write(batch, from: 0, to: &ids.room, &ids.count)
            while index < batch.count {
                missed.append(index)
                index = cache.write(batch, from: index + 1, to: &ids.room, &ids.count)
            }
            for index in missed.dropLast() {
                let found = batch.keys[index]
                #expect(found.range == (index == 3 ? 100 + ends[2]..<100 + ends[3] : nil))
                if index == 3 { continue }
                #expect(found == key(all[index]) && found.count == all[index].count)
                #expect((0..<found.count).map { found.bytes[$0] } == all[index])
                // What is not where it is looked for first is in the line beside that.
                #expect((index == 2) == (cache.entry(found) == nil))
            }
            #expect(missed.last == ends.count && batch.keys[ends.count] == key(Array("in".utf8)))
            #expect(missed.contains(2) && missed.contains(3) == (ends.count > 3))
            let found = ends.indices.filter { !missed.contains($0) }
            together += found.count
            var list: [Int32] = []
            ids.move(to: &list)
            #expect(list == found.flatMap { fewIDs(all[$0]) })
        }
        #expect(together > 1_400)
    }

    @Test func threadsFindEachOthersWords() throws {
        let table = WordTable()
        var first = WordCache(table)
        var second = WordCache(table)
        let all = Array(Set(words(20_000, lengths: 1...15)))
        var refused = 0
        for (index, word) in all.enumerated() {
            let entry = try #require(WordEntry(fewIDs(word)))
            let isIn = index % 2 == 0 ? first.insert(key(word), entry) : second.insert(key(word), entry)
            // Whoever else has the word adds nothing to it.
            let isStill = index % 2 == 0 ? second.insert(key(word), entry) : first.insert(key(word), entry)
            #expect(isStill || !isIn)
            if !isIn { refused += 1 }
        }
        #expect(refused < 200)
        var lost = 0
        for word in all {
            let (one, other) = (first.entry(key(word)), second.entry(key(word)))
            #expect(one?.bits == other?.bits)
            if let one { #expect(list(one) == fewIDs(word)) } else { lost += 1 }
        }
        #expect(lost <= refused + 100 && first.lines === second.lines)
    }

    @Test func wordsOfAllThreadsAreKeptWhileTheTableGrows() throws {
        let table = WordTable()
        let all = Array(Set(words(60_000, lengths: 1...15)))
        let entries = try all.map { try #require(WordEntry(fewIDs($0))) }
        let wrong = Parallel.values(count: 4, threads: 4) { thread in
            var cache = WordCache(table)
            var wrong = 0
            for index in all.indices {
                // Each in another order, so that words are looked for while others add them.
                let place = (index * (2 * thread + 1) + thread * 7919) % all.count
                let key = key(all[place])
                if cache.entry(key) == nil { _ = cache.insert(key, entries[place]) }
                if let found = cache.entry(key), found.bits != entries[place].bits { wrong += 1 }
            }
            return wrong
        }
        #expect(wrong == [0, 0, 0, 0])
        var cache = WordCache(table)
        #expect(all.count { cache.entry(key($0)) == nil } < 1000)
    }

    @Test func soAreALongWordsIds() {
        var cache = LongWordCache()
        var hits = 0
        for word in words(60_000, lengths: 2...24) {
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
        for start in 0..<text.count - 16 {
            for end in start + 1...start + 15 {
                #expect(WordKey(text.span, at: start, count: end - start) == key(Array(text[start..<end])))
                #expect(WordKey(text.span, start..<end) == key(Array(text[start..<end])))
            }
        }
    }

    @Test func idsGoToTheListInOrderHoweverManyThereAre() throws {
        var ids = WordIDs()
        var list: [Int32] = []
        var expected: [Int32] = []
        for count in [1, 4095, 3, 5000, 4096, 2, 3836, 1, 10_000] {
            let word = (0..<Int32(count)).map { Int32(expected.count) + $0 }
            ids.append(word, &list)
            ids.append(try #require(WordEntry([7, 8])), &list)
            expected += word + [7, 8]
        }
        ids.move(to: &list)
        #expect(list == expected && ids.count == 0)
    }
}
