import Files
import Testing

@testable import Tokenizers

/// llama.cpp's golden texts and ids over real vocabularies.
@Suite(.enabled(if: SharedData.isPresent))
struct GoldenTests {
    @Test(arguments: [
        ("gpt-2", "gpt2", "vocab.json"), ("llama-bpe", "llama3", "tokenizer.model"),
        ("llama-spm", "llama2", "tokenizer.model"), ("phi-3", "llama2", "tokenizer.model"),
        ("qwen2", "qwen", "qwen.tiktoken"),
    ])
    func realVocabulariesGiveTheGoldenIds(golden: String, folder: String, file: String) throws {
        let tokenizer = try Tokenizer(contentsOf: SharedData.path(folder, file))
        let cases = try SharedData.golden(golden)
        #expect(cases.count > 40)
        for (text, ids) in cases {
            let own = try tokenizer.encode(text, EncodingOptions(addsSpecialTokens: false))
            #expect(own == ids, "\(text.debugDescription)")
        }
    }
}
