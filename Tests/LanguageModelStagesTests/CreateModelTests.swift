import Checkpoints
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import LanguageModelStages
@testable import PromptTemplates
@testable import RowStages
@testable import Tokenizers

struct CreateModelTests {
    @Test(arguments: ["gemma2", "llama3"])
    func `a folder is what its family's template and other tools need`(family: String) throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder, family: family)
            let configuration = try ModelConfiguration(folder: chain.model)
            let tokenizer = try Tokenizer(contentsOf: chain.model)
            #expect(configuration.vocabularySize == tokenizer.idCount)
            #expect(configuration.family == (family == "gemma2" ? .gemma2 : .llama))
            let template = (family == "gemma2" ? PromptTemplate.Family.gemma : .llama3).template
            let encoder = try PromptEncoder(template, tokenizer)
            #expect(encoder.end.map { configuration.endTokens.contains(Int($0)) } == true)
            #expect(tokenizer.idsBefore == [Int32(try #require(configuration.beginToken))])
            // Words of the template are learned whole.
            #expect(encoder.templateCount < 70)
            let names = try FileSystem.names(in: chain.model).sorted()
            #expect(
                names == [
                    "config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json",
                    "tokenizer_config.json",
                ])
        }
    }

    @Test func `the weights depend on the seed alone`() throws {
        func weights(seed: Int, threads: Int) throws -> [UInt8] {
            try withTemporaryFolder { folder in
                let trial = StageTrial(folder)
                let rows = try trial.table("rows.parquet", LanguageChain.comparisons(9))
                let text = try #require(try trial.run(Pack.self, ["rows": [rows]])["packed"])
                let outputs = try trial.run(
                    CreateModel.self, ["rows": [text]],
                    ["vocabularySize": 512, "hiddenSize": 16, "layers": 1, "seed": .integer(seed)],
                    threads: threads)
                let model = try #require(outputs["model"])
                return try FileContents.read(model.appending("model.safetensors"))
                    + FileContents.read(model.appending("tokenizer.json"))
            }
        }
        let one = try weights(seed: 1, threads: 1)
        #expect(try weights(seed: 1, threads: 2) == one)
        #expect(try weights(seed: 2, threads: 1) != one)
    }

    @Test func `what does not fit together is refused in words`() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let rows = try trial.table("rows.parquet", LanguageChain.comparisons(9))
            let text = try #require(try trial.run(Pack.self, ["rows": [rows]])["packed"])
            let heads = #expect(throws: StageFailure.self) {
                try trial.run(CreateModel.self, ["rows": [text]], ["heads": 4, "keyValueHeads": 3])
            }
            #expect(heads?.message.contains("heads: 4 query heads cannot share 3") == true)
            let width = #expect(throws: StageFailure.self) {
                try trial.run(CreateModel.self, ["rows": [text]], ["hiddenSize": 20, "heads": 4])
            }
            #expect(width?.message.contains("headSize: a head is 5 wide") == true)
        }
    }
}
