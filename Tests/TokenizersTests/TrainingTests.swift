import JSON
import Testing

@testable import Tokenizers

struct TrainingTests {
    private struct Case {
        var size: Int
        var minimum: Int
        var splitting: BytePairTrainer.Options.Splitting
        var tokens: [[UInt8]]
        var merges: [[[UInt8]]]
    }

    /// What `References/training.py --fixtures` has let the library learn.
    private func cases() throws -> [Case] {
        let document = try JSONDocument(Fixture.bytes("trained.expected.json"))
        func texts(_ value: JSONDocument.Value?) -> [[UInt8]] {
            guard case .list(let values)? = value else { return [] }
            return values.compactMap { value in
                guard case .string(let text) = value else { return nil }
                return Array(document.bytes(text))
            }
        }
        guard case .list(let values) = document.root else { return [] }
        return try values.map { value in
            let name = document.string("pattern", of: value) ?? ""
            return Case(
                size: document.integer("size", of: value) ?? 0,
                minimum: document.integer("minimum", of: value) ?? 0,
                splitting: try #require(BytePairTrainer.Options.Splitting(rawValue: name)),
                tokens: texts(document.member("tokens", of: value)),
                merges: (document.list("merges", of: value) ?? []).map { texts($0) })
        }
    }

    private func learned(_ json: [UInt8]) throws -> (tokens: [[UInt8]], merges: [[[UInt8]]]) {
        let document = try JSONDocument(json)
        let model = document.member("model", of: document.root)
        guard case .object(let members)? = document.member("vocab", of: model) else { return ([], []) }
        let merges = (document.list("merges", of: model) ?? []).map { merge -> [[UInt8]] in
            guard case .list(let pair) = merge else { return [] }
            return pair.compactMap { token in
                guard case .string(let text) = token else { return nil }
                return Array(document.bytes(text))
            }
        }
        return (members.map { Array(document.bytes($0.0)) }, merges)
    }

    private func options(
        _ size: Int, _ minimum: Int = 1, _ splitting: BytePairTrainer.Options.Splitting = .llama3
    ) -> BytePairTrainer.Options {
        BytePairTrainer.Options(
            vocabularySize: size, minimumCount: minimum, splitting: splitting,
            leadingTokens: ["<pad>", "<eos>", "<bos>"])
    }

    @Test func learnsWhatTheLibraryLearns() throws {
        let cases = try cases()
        #expect(cases.count == 3)
        for expected in cases {
            var trainer = try BytePairTrainer(options(expected.size, expected.minimum, expected.splitting))
            trainer.add(try Fixture.texts())
            let learned = try learned(trainer.train().json())
            #expect(learned.tokens == expected.tokens)
            #expect(learned.merges == expected.merges)
        }
    }

    @Test func neitherOrderNorThreadsMatter() throws {
        let texts = try Fixture.texts() + Fixture.texts().map { $0 + "." }
        var one = try BytePairTrainer(options(700))
        for text in texts.reversed() { one.add(text) }
        for threads in [2, 3, 16] {
            var several = try BytePairTrainer(options(700))
            several.add(texts, threads: threads)
            #expect(several.train().json() == one.train().json())
        }
    }

    @Test(arguments: BytePairTrainer.Options.Splitting.allCases)
    func aTrainedTokenizerRoundTripsTextsAndAddsTheBeginToken(
        splitting: BytePairTrainer.Options.Splitting
    ) throws {
        let texts = try Fixture.texts()
        var trainer = try BytePairTrainer(
            BytePairTrainer.Options(
                vocabularySize: 500, splitting: splitting, trailingTokens: ["<|begin|>", "<|end|>"],
                beginToken: "<|begin|>"))
        trainer.add(texts)
        let trained = trainer.train()
        let tokenizer = try Tokenizer(bytes: trained.json())
        #expect(trained.count == 500 && tokenizer.idCount == 500)
        #expect(tokenizer.id(of: "<|begin|>") == 498 && tokenizer.id(of: "<|end|>") == 499)
        #expect(trained.mergeCount == 500 - 256 - 2)
        for text in texts {
            let ids = try tokenizer.encode(text, EncodingOptions(specialTokens: .asText))
            #expect(ids.first == 498)
            #expect(tokenizer.decode(ids) == text)
        }
    }

    @Test func stopsWhenEveryWordIsAToken() throws {
        var trainer = try BytePairTrainer(options(1_000))
        trainer.add("one one\none")
        let trained = trainer.train()
        #expect(trained.id(of: "one") != nil && trained.id(of: "Ġone") != nil)
        #expect(trained.count < 1_000)
        #expect(try BytePairTrainer(options(1_000)).train().count == 259)
    }

    @Test func aLongWordIsLearnedQuickly() throws {
        var trainer = try BytePairTrainer(options(2_000))
        trainer.add(String(repeating: "ab", count: 200_000) + String(repeating: "z", count: 300_000))
        #expect(trainer.train().mergeCount > 20)
    }

    @Test(
        arguments: [
            (
                258, [], [], nil,
                "a vocabulary of 258 tokens cannot be trained: 256 bytes and 3 special tokens need 259"
            ),
            (600, ["<pad>"], [], nil, "the special token '<pad>' is empty or duplicated"),
            (600, [""], [], nil, "the special token '' is empty or duplicated"),
            (600, [], [], "<s>", "the token '<s>' that begins a text is not a special token"),
        ] as [(Int, [String], [String], String?, String)])
    func rejectsInvalidTrainingOptionsWithAMessage(
        size: Int, leading: [String], trailing: [String], begin: String?, message: String
    ) {
        let error = #expect(throws: TokenizerError.self) {
            try BytePairTrainer(
                BytePairTrainer.Options(
                    vocabularySize: size, leadingTokens: ["<pad>", "<eos>", "<bos>"] + leading,
                    trailingTokens: trailing, beginToken: begin))
        }
        #expect(error?.code == .training)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }
}
