import Testing

@testable import Tokenizers

struct SplittingTests {
    private func words(_ text: String, _ pattern: SplitPattern) -> [String] {
        var list = WordList()
        let bytes = Array(text.utf8)
        PreTokenizer.pattern(PatternScanner(pattern)).append(
            bytes.span, bytes.indices, head: 0, to: &list)
        var start = 0
        return list.ends.map { end in
            defer { start = end }
            return String(decoding: list.bytes[start..<end], as: UTF8.self)
        }
    }

    private func oracle(_ pattern: SplitPattern) throws -> Regex<AnyRegexOutput> {
        let spelling =
            switch pattern {
            case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
            case .llama3:
                #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
            case .qwen2:
                #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
            }
        return try Regex(spelling).matchingSemantics(.unicodeScalar)
    }

    @Test(arguments: [SplitPattern.gpt2, .llama3, .qwen2])
    func scannersSplitLikeTheRegularExpressions(pattern: SplitPattern) throws {
        let regex = try oracle(pattern)
        let alphabet = Array("  \n\r\t'''ssStTreVElLmMdD12a½é漢.,!_\u{A0}\u{3000}\u{301}Ж-".unicodeScalars)
        var draw = Draw(state: 17)
        for _ in 0..<1500 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...14, using: &draw) {
                if let scalar = alphabet.randomElement(using: &draw) { text.append(scalar) }
            }
            let string = String(text)
            let expected = string.matches(of: regex).map { String(string[$0.range]) }
            #expect(
                words(string, pattern).map { Array($0.utf8) } == expected.map { Array($0.utf8) },
                "\(string.debugDescription)")
        }
    }

    @Test(arguments: ["ſ", "S"])
    func aLongSIsAContraction(letter: String) {
        #expect(words("it'\(letter)ok", .llama3) == ["it", "'\(letter)", "ok"])
    }

    @Test func cutsWordsOnlyWhereNoTokenReachesAcross() throws {
        let cut = try Fixture.tokenizer("fallback-gemma.json")
        let parts = cut.parts
        let whole = Tokenizer(
            TokenizerParts(
                encoder: TextEncoder(
                    tokens: parts.encoder.tokens, normalizers: parts.encoder.normalizers,
                    normalizedTokens: parts.encoder.normalizedTokens, preTokenizers: [],
                    model: parts.encoder.model),
                decoder: parts.decoder, template: parts.template, vocabulary: parts.vocabulary))
        for text in try Fixture.texts() { #expect(try cut.encode(text) == whole.encode(text)) }
    }

    @Test func splitsByMetaspaceLiteralsAndDigits() {
        func split(_ step: PreTokenizer, _ text: String, head: Int = 1) -> [String] {
            var list = WordList()
            let bytes = Array(text.utf8)
            step.append(bytes.span, bytes.indices, head: head, to: &list)
            var start = 0
            return list.ends.map { end in
                defer { start = end }
                return String(decoding: list.bytes[start..<end], as: UTF8.self)
            }
        }
        let space = Array("▁".utf8)
        #expect(split(.metaspace(space, .always, splits: true), "Hey  you") == ["▁Hey", "▁", "▁you"])
        #expect(split(.metaspace(space, .first, splits: false), " a b", head: 0) == ["▁a▁b"])
        #expect(split(.metaspace(space, .first, splits: false), "a b", head: 0) == ["a▁b"])
        #expect(split(.metaspace(space, .never, splits: true), "a b") == ["a", "▁b"])
        #expect(split(.literal([0x20], .mergedWithPrevious), "a  b ") == ["a ", " ", "b "])
        #expect(split(.literal([0x20], .mergedWithNext), "a  b ") == ["a", " ", " b", " "])
        #expect(split(.literal([0x20], .isolated), "a b") == ["a", " ", "b"])
        #expect(split(.literal([0x20], .removed), " a b") == ["a", "b"])
        #expect(split(.digits(individually: true), "a12b") == ["a", "1", "2", "b"])
        #expect(split(.digits(individually: false), "a12b") == ["a", "12", "b"])
        #expect(split(.prefixSpace, "a") == [" a"] && split(.prefixSpace, " a") == [" a"])
    }
}
