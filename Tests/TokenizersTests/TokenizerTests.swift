import Files
import TestSupport
import Testing

@testable import Tokenizers

struct TokenizerTests {
    @Test(arguments: Fixture.names)
    func idsAndTextsMatchTheOriginal(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let texts = try Fixture.texts()
        let expected = try Fixture.expected(name)
        try #require(texts.count == expected.count && texts.count > 80)
        for (text, expected) in zip(texts, expected) {
            #expect(
                try tokenizer.encode(text, Fixture.options(name)) == expected.ids, "\(text.debugDescription)")
            #expect(tokenizer.decode(expected.ids) == expected.decoded, "\(text.debugDescription)")
        }
    }

    @Test(arguments: Fixture.names)
    func batchesMatchSingleTextsOnAnyNumberOfThreads(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let texts = try Fixture.texts()
        let options = Fixture.options(name)
        let single = try texts.map { try tokenizer.encode($0, options) }
        for threads in [0, 1, 2, 3, 64] {
            #expect(try tokenizer.encode(batch: texts, options, threads: threads) == single)
            // Also if threads have no words in common yet.
            let fresh = try Fixture.tokenizer(name)
            #expect(try fresh.encode(batch: texts, options, threads: threads) == single)
            #expect(tokenizer.decode(batch: single, threads: threads) == single.map { tokenizer.decode($0) })
        }
        #expect(try tokenizer.encode(batch: [], options).isEmpty)
    }

    @Test(arguments: Fixture.names)
    func encodingDoesNotDependOnEarlierTexts(name: String) throws {
        let used = try Fixture.tokenizer(name)
        let options = Fixture.options(name)
        for text in try Fixture.texts() { _ = try used.encode(text, options) }
        for text in try Fixture.texts().reversed() {
            #expect(try used.encode(text, options) == Fixture.tokenizer(name).encode(text, options))
            break
        }
        let fresh = try Fixture.tokenizer(name)
        for text in try Fixture.texts().reversed() {
            #expect(try used.encode(text, options) == fresh.encode(text, options))
        }
    }

    @Test(arguments: ["a", " ", "é", "漢", "▁", "\u{301}", "\n", "ab", "a ", "1", "🦙", "<s>", "word "])
    func longRepetitiveTextsAreFastAndLossless(unit: String) throws {
        let text = String(repeating: unit, count: 100_000 / unit.utf8.count)
        for name in Fixture.names {
            let tokenizer = try Fixture.tokenizer(name)
            let ids = try tokenizer.encode(
                text, EncodingOptions(addsSpecialTokens: false, specialTokens: .asText))
            #expect(!ids.isEmpty || name.hasPrefix("pieces-") && [" ", "▁"].contains(unit))
            if name == "ranks.model" { #expect(tokenizer.decode(ids) == text) }
        }
    }

    @Test func repairsInvalidUTF8LikeTheOriginals() throws {
        let broken: [UInt8] = [0x61, 0xE2, 0x96, 0x62, 0xFF, 0xED, 0xA0, 0x80]
        let ranks = try Fixture.tokenizer("ranks.model")
        #expect(try ranks.encode(bytes: broken) == ranks.encode(String(decoding: broken, as: UTF8.self)))
        let pieces = try Fixture.tokenizer("pieces.model")
        let one = "\u{FFFD}"
        #expect(try pieces.encode(bytes: broken) == pieces.encode("a\(one)\(one)b\(one)\(one)\(one)\(one)"))
    }

    @Test func specialTokensInATextAreTokensOrText() throws {
        let tokenizer = try Fixture.tokenizer("byte-level.json")
        let end = try #require(tokenizer.id(of: "<|end|>"))
        let plain = EncodingOptions(addsSpecialTokens: false)
        let asText = EncodingOptions(addsSpecialTokens: false, specialTokens: .asText)
        #expect(try tokenizer.encode("a<|end|>", plain).last == end)
        #expect(try !tokenizer.encode("a<|end|>", asText).contains(end))
        #expect(tokenizer.decode(try tokenizer.encode("a<|end|>", asText)) == "a<|end|>")
        #expect(tokenizer.decode([end]).isEmpty)
        #expect(tokenizer.decode([end], skipsSpecialTokens: false) == "<|end|>")
        #expect(tokenizer.isSpecial(end) && tokenizer.token(end) == "<|end|>")
        #expect(tokenizer.idsAfter == [end])
    }

    @Test func theLimitKeepsTheRequestedSideAndTheAddedTokens() throws {
        let tokenizer = try Fixture.tokenizer("byte-level.json")
        let text = "the answer is better because people reason"
        let whole = try tokenizer.encode(text)
        let inner = whole.dropFirst().dropLast()
        for limit in 2...whole.count + 1 {
            let right = try tokenizer.encode(text, EncodingOptions(limit: limit))
            #expect(right == [whole[0]] + inner.prefix(limit - 2) + [whole[whole.count - 1]])
            let left = try tokenizer.encode(text, EncodingOptions(limit: limit, truncation: .left))
            #expect(left == [whole[0]] + inner.suffix(limit - 2) + [whole[whole.count - 1]])
        }
        let error = #expect(throws: TokenizerError.self) {
            try tokenizer.encode(text, EncodingOptions(limit: 1))
        }
        #expect(error?.code == .text)
        #expect(error?.message == "a limit of 1 ids leaves no room besides the 2 that are added; raise it")
        for threads in [1, 2, 64] {
            let texts = [String](repeating: text, count: 40)
            let found = #expect(throws: TokenizerError.self) {
                try tokenizer.encode(batch: texts, EncodingOptions(limit: 1), threads: threads)
            }
            #expect(found == error)
        }
    }

    @Test func aTokenMayBePartOfACharacter() throws {
        let tokenizer = try Fixture.tokenizer("ranks.model")
        let ids = try tokenizer.encode("🦙")
        #expect(ids.count == 4)
        #expect(tokenizer.decodeBytes(Array(ids.prefix(2))) == [0xF0, 0x9F])
        #expect(tokenizer.decode(Array(ids.prefix(2))) == "\u{FFFD}")
        #expect(tokenizer.decode(ids) == "🦙")
        #expect(tokenizer.decode([1_000_000, -1]).isEmpty)
        #expect(tokenizer.token(1_000_000) == nil && tokenizer.id(of: "no such token") == nil)
    }
}
