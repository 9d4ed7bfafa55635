import Testing

@testable import ConversationKeys

struct ConversationKeyTests {
    private func key(_ texts: [String?]) -> ConversationKey {
        var key = ConversationKey()
        for text in texts { key.add(text.map { Array($0.utf8)[...] }) }
        return key
    }

    @Test func aSetKnowsNeitherOrderNorRepetition() {
        let digest = key(["a", "b", nil]).setDigest()
        #expect(key([nil, "b", "a", "b"]).setDigest() == digest)
        #expect(key(["a", "b"]).setDigest() != digest)
        #expect(key(["a", "b", ""]).setDigest() != digest)
        #expect(key(["ab", nil]).setDigest() != digest)
    }

    @Test func aListKnowsBoth() {
        #expect(key(["a", "b"]).listDigest() != key(["b", "a"]).listDigest())
        #expect(key(["a", "b"]).listDigest() == key(["a", "b"]).listDigest())
        #expect(key(["ab"]).listDigest() != key(["a", "b"]).listDigest())
    }

    @Test func bytesAreWhatCounts() {
        #expect(key(["\u{E9}"]).setDigest() != key(["e\u{301}"]).setDigest())
    }
}
