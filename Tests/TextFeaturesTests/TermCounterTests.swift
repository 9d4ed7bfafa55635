import Testing

@testable import TextFeatures

struct TermCounterTests {
    private func terms(_ texts: [String], words: Int = 1, characters: Int = 0) -> [UInt32: Int] {
        var counter = TermCounter(TermCounter.Options(words: words, characters: characters, bits: 20))
        counter.begin()
        for text in texts { counter.add(ArraySlice(text.utf8)) }
        return Dictionary(uniqueKeysWithValues: counter.counts().map { ($0.bucket, $0.count) })
    }

    @Test func wordsAreCountedWhateverTheirCaseAndSpacing() {
        #expect(terms(["The cat, the CAT."]) == terms(["the the\n\ncat cat"]))
        #expect(terms(["the cat"]).count == 2)
        #expect(terms(["a a a"]).values.sorted() == [3])
    }

    @Test func pairsOfWordsAreTermsInTheirOrder() {
        #expect(terms(["one two"], words: 2).count == 3)
        #expect(terms(["one two"], words: 2) != terms(["two one"], words: 2))
        // Pairs do not cross pieces.
        #expect(terms(["one", "two"], words: 2).count == 2)
    }

    @Test func scalarsOfScriptsWithoutSpacesAreWords() {
        #expect(terms(["東京都"]).count == 3)
        #expect(terms(["東京 都"]) == terms(["東京都"]))
    }

    @Test func runsOfCharactersSlide() {
        // "abcde" holds abcd and bcde, and one word.
        #expect(terms(["abcde"], characters: 4).count == 3)
        #expect(terms(["abc"], characters: 4).count == 1)
    }

    @Test func countsAscendAndNothingIsLeftFromTheTextBefore() {
        var counter = TermCounter(TermCounter.Options(words: 2, characters: 3, bits: 10))
        counter.begin()
        counter.add(ArraySlice("a text that is counted and then forgotten".utf8))
        let buckets = counter.counts().map(\.bucket)
        #expect(buckets == buckets.sorted())
        counter.begin()
        counter.add(ArraySlice("other".utf8))
        var fresh = TermCounter(counter.options)
        fresh.begin()
        fresh.add(ArraySlice("other".utf8))
        #expect(counter.counts().map(\.bucket) == fresh.counts().map(\.bucket))
        #expect(counter.counts().map(\.count) == fresh.counts().map(\.count))
    }
}
