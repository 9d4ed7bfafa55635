import JSON
import Testing

@testable import Tokenizers

/// Tokenizers as tables, as GGUF files have them, made into their makers' files.
@Suite struct PlainVocabularyTests {
    @Test func sentencePiecesBytePairsAreTheSameInAFileOfTheirOwn() throws {
        for name in ["pieces.model", "pieces-unknown.model"] {
            let file = try SentencePieceFile(Fixture.bytes(name))
            // The character map is not among the tables.
            guard file.map.isEmpty else { continue }
            let plain = try PlainVocabulary(
                tokens: file.pieces.map(\.bytes),
                kinds: file.pieces.map {
                    try #require(PlainVocabulary.Kind(rawValue: Int($0.type.rawValue)))
                },
                model: .scores(file.pieces.map(\.score)), beginToken: 1, addsBeginToken: true, endToken: 2,
                unknownToken: 0, addsPrefixSpace: file.addsPrefix)
            let made = try plain.file()
            #expect(made.name == "tokenizer.model")
            let (own, original) = (try Tokenizer(bytes: made.bytes), try Fixture.tokenizer(name))
            for text in try Fixture.texts() {
                #expect(try own.encode(text) == original.encode(text), "\(text.debugDescription)")
            }
        }
    }

    /// The tables of a fixture's `tokenizer.json`.
    private func tables(_ name: String) throws -> (
        tokens: [[UInt8]], kinds: [PlainVocabulary.Kind], merges: [[UInt8]]
    ) {
        let document = try JSONDocument(Fixture.bytes(name))
        let model = document.member("model", of: document.root)
        var tokens: [Int: ([UInt8], PlainVocabulary.Kind)] = [:]
        guard case .object(let members)? = document.member("vocab", of: model) else { return ([], [], []) }
        for member in members {
            tokens[document.integer(member.value) ?? -1] = (Array(document.bytes(member.name)), .normal)
        }
        for added in document.list("added_tokens", of: document.root) ?? [] {
            let kind: PlainVocabulary.Kind =
                document.boolean("special", of: added) == true ? .control : .userDefined
            let content = document.string("content", of: added) ?? ""
            tokens[document.integer("id", of: added) ?? -1] = (Array(content.utf8), kind)
        }
        let merges = (document.list("merges", of: model) ?? []).map { merge -> [UInt8] in
            switch merge {
            case .string(let text): return Array(document.bytes(text))
            case .list(let pair):
                let parts = pair.map { part -> [UInt8] in
                    if case .string(let text) = part { Array(document.bytes(text)) } else { [] }
                }
                return Array(parts.joined(separator: [0x20]))
            default: return []
            }
        }
        let sorted = (0..<tokens.count).map { tokens[$0] ?? ([], .unused) }
        return (sorted.map(\.0), sorted.map(\.1), merges)
    }

    @Test(arguments: [("byte-level.json", "llama-bpe"), ("byte-level-composed.json", "qwen2")])
    func bytePairsAreTheSameInAFileOfTheirOwn(name: String, splitting: String) throws {
        let (tokens, kinds, merges) = try tables(name)
        let plain = try PlainVocabulary(
            tokens: tokens, kinds: kinds, model: .bytePairs(merges: merges, splitting: splitting),
            beginToken: nil,
            addsBeginToken: false, endToken: nil, unknownToken: nil, addsPrefixSpace: false)
        let made = try plain.file()
        #expect(made.name == "tokenizer.json")
        let (own, original) = (try Tokenizer(bytes: made.bytes), try Fixture.tokenizer(name))
        // Added tokens of the fixtures swallow white space; tables do not say so.
        let odd = ["<|left|>", "<|right|>", "word", "norm ed"]
        let options = EncodingOptions(addsSpecialTokens: false)
        var compared = 0
        for text in try Fixture.texts() where !odd.contains(where: text.contains) {
            #expect(
                try own.encode(text, options) == original.encode(text, options), "\(text.debugDescription)")
            compared += 1
        }
        #expect(compared > 40)
    }

    /// The library numbers added tokens that the model lacks by their place.
    @Test(arguments: [
        ([0, 1], [2, 3, 4], [5, 6], 5), ([2], [0, 1, 3], [4, 5], 4), ([1, 5], [0, 3], [6], 5),
        ([], [0, 1, 2], [3, 4], 3),
        ([0, 3], [1, 2], [5], 5),
    ])
    func addedTokensOfBytePairsKeepTheirIDs(inside: [Int], normal: [Int], behind: [Int], size: Int) throws {
        var tokens = (0...(behind.max() ?? 0)).map { Array("[PAD\($0)]".utf8) }
        var kinds = [PlainVocabulary.Kind](repeating: .unused, count: tokens.count)
        for (id, letter) in zip(normal, "abc") {
            tokens[id] = Array(String(letter).utf8)
            kinds[id] = .normal
        }
        for id in inside + behind {
            tokens[id] = Array("<\(id)>".utf8)
            kinds[id] = .control
        }
        let plain = try PlainVocabulary(
            tokens: tokens, kinds: kinds, model: .bytePairs(merges: [], splitting: "gpt-2"), beginToken: nil,
            addsBeginToken: false, endToken: nil, unknownToken: nil, addsPrefixSpace: false)
        let bytes = try plain.file().bytes
        let tokenizer = try Tokenizer(bytes: bytes)
        for id in inside + behind { #expect(try tokenizer.encode("<\(id)>") == [Int32(id)]) }
        let document = try JSONDocument(bytes)
        let model = document.member("model", of: document.root)
        guard case .object(let members)? = document.member("vocab", of: model) else {
            Issue.record("there is no vocabulary")
            return
        }
        #expect(members.count == size)
    }

    @Test func tablesThatDoNotFitEachOtherAreErrors() throws {
        let tokens = ["<unk>", "a", "b"].map { Array($0.utf8) }
        func make(
            kinds: Int = 3, scores: [Float] = [0, -1, -2], begin: Int? = nil
        ) throws(TokenizerError) -> PlainVocabulary {
            try PlainVocabulary(
                tokens: tokens, kinds: Array([.unknown, .normal, .normal, .normal].prefix(kinds)),
                model: .scores(scores), beginToken: begin, addsBeginToken: false, endToken: nil,
                unknownToken: 0,
                addsPrefixSpace: false)
        }
        _ = try make().file()
        #expect(throws: TokenizerError.self) { try make(kinds: 4) }
        #expect(throws: TokenizerError.self) { try make(scores: [0]) }
        #expect(throws: TokenizerError.self) { try make(scores: [0, .nan, 1]) }
        #expect(throws: TokenizerError.self) { try make(begin: 3) }
        var bytePairs = try make()
        bytePairs.model = .bytePairs(merges: [], splitting: "tekken")
        let error = #expect(throws: TokenizerError.self) { try bytePairs.file() }
        #expect(error.map { "\($0)" }?.contains("tekken") == true)
    }
}
