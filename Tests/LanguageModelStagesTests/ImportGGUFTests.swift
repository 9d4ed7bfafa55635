import Checkpoints
import Files
import FoundationEssentials
import LanguageModels
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import LanguageModelStages
@testable import Tokenizers

/// Whole models as GGUF files, and what the libraries of their vocabularies make of texts; `References/gguf_tokenizers.py` made
/// them.
struct ImportGGUFTests {
    private struct Reference: Decodable {
        let texts: [String]
        let pieces, pairs: [[Int32]]
    }

    private func path(_ name: String) -> FilePath {
        FilePath(#filePath).parent.appending("Fixtures/\(name)")
    }

    @Test(arguments: ["pieces", "pairs"])
    func theFolderIsAModelWithItsTokenizer(name: String) throws {
        let json = try FileContents.read(path("gguf-ids.json"))
        let reference = try JSONDecoder().decode(Reference.self, from: Data(json))
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let outputs = try trial.run(ImportGGUF.self, ["file": [path("\(name).gguf")]])
            let model = try #require(outputs["model"])
            let configuration = try ModelConfiguration(folder: model)
            #expect(configuration.family == (name == "pieces" ? .gemma3 : .qwen3))
            _ = try DecoderWeights(checkpoint: model, configuration)
            let tokenizer = try Tokenizer(contentsOf: model)
            #expect(trial.metrics["vocabulary"] == Double(name == "pieces" ? 420 : 404))
            for (index, text) in reference.texts.enumerated() {
                let ids = (name == "pieces" ? reference.pieces : reference.pairs)[index]
                // SentencePiece's library takes control tokens that are spelled out for text, the other one does not.
                let options = EncodingOptions(
                    addsSpecialTokens: name == "pieces", specialTokens: name == "pairs" ? .asTokens : .asText)
                #expect(try tokenizer.encode(text, options) == ids, "\(text.debugDescription)")
            }
            let file = name == "pieces" ? "tokenizer.model" : "tokenizer.json"
            #expect(
                try FileSystem.names(in: model) == [
                    "config.json", "model.safetensors", "special_tokens_map.json", file,
                    "tokenizer_config.json",
                ])
            let settings = String(
                decoding: try FileContents.read(model.appending("tokenizer_config.json")), as: UTF8.self)
            #expect(settings.contains("{{ bos_token }}{{ messages }}") == (name == "pieces"))
            // The same file gives the same bytes.
            let again = try #require(
                try trial.run(ImportGGUF.self, ["file": [path("\(name).gguf")]], threads: 2)["model"])
            for file in try FileSystem.names(in: model) {
                #expect(
                    try FileContents.read(model.appending(file)) == FileContents.read(again.appending(file)))
            }
        }
    }

    @Test func bfloat16HalvesTheFile() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let outputs = try trial.run(
                ImportGGUF.self, ["file": [path("pairs.gguf")]], ["precision": "bfloat16"])
            let tensors = try CheckpointTensors(#require(outputs["model"]))
            #expect(try tensors.required("model.norm.weight").entry.type == .bfloat16)
        }
    }

    @Test(arguments: [
        ("tokenizer.ggml.model", "tokenizer.ggml.modeX", "tokenizer.ggml.model"),
        ("tokenizer.ggml.tokens", "tokenizer.ggml.tokenX", "no tokenizer"),
        ("tokenizer.ggml.merges", "tokenizer.ggml.mergeX", "merges"),
    ]) func aFileWithoutATokenizerIsRefused(old: String, new: String, words: String) throws {
        try withTemporaryFolder { folder in
            var bytes = try FileContents.read(path("pairs.gguf"))
            let range = try #require(bytes.firstRange(of: Array(old.utf8)))
            bytes.replaceSubrange(range, with: Array(new.utf8))
            let trial = StageTrial(folder)
            let file = try trial.file("changed.gguf", bytes)
            let error = #expect(throws: StageFailure.self) {
                try trial.run(ImportGGUF.self, ["file": [file]])
            }
            #expect(error?.message.contains(words) == true, "\(error.debugDescription)")
        }
    }

    @Test func aFolderIsNotAGGUFFile() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: StageFailure.self) {
                try StageTrial(folder).run(ImportGGUF.self, ["file": [folder]])
            }
            #expect(error?.message.contains("folder") == true)
        }
    }
}
