import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import FeatureTables
@testable import LanguageModelStages
@testable import RowStages

struct EmbedLanguageModelTests {
    private func embed(
        _ chain: LanguageChain, _ rows: FilePath, _ swapped: FilePath, _ parameters: [String: Value] = [:]
    ) throws -> FeatureTable {
        try FeatureTable(
            #require(
                chain.trial.run(
                    EmbedLanguageModel.self,
                    ["model": [chain.model], "rows": [rows], "swapped": [swapped]], parameters)["features"]))
    }

    @Test(arguments: ["last", "mean"])
    func statesBelongToTheOriginalResponses(pooling: String) throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let parameters: [String: Value] = ["pooling": .string(pooling)]
            let features = try embed(chain, chain.packed, chain.swapped, parameters)
            #expect(features.ids.count == 60 && features.promptWidth == 16 && features.answerWidth == 16)
            #expect(features.values.contains { $0 != 0 })
            #expect(features.values.allSatisfy { $0.bitPattern & 0xFFFF == 0 })
            // Whichever table comes first.
            #expect(try embed(chain, chain.swapped, chain.packed, parameters).values == features.values)
            // However many rows the model reads at a time, up to the last digits.
            let small = try embed(
                chain, chain.packed, chain.swapped, ["pooling": .string(pooling), "tokensPerBatch": 64])
            #expect(
                zip(small.values, features.values).allSatisfy { abs($0 - $1) <= 0.01 * max(1, abs($1)) })
            // Of exchanged responses, the states are exchanged.
            let exchanged = LanguageChain.comparisons(60).map { row in
                var row = row
                (row.responseA, row.responseB) = (row.responseB, row.responseA)
                return row
            }
            let table = try chain.trial.table("x.parquet", exchanged)
            let packed = try ["normal", "swapped"].map { orientation in
                try #require(
                    chain.trial.run(
                        Pack.self, ["rows": [table], "tokenizer": [chain.model]],
                        [
                            "template": "llama3", "maximumTokens": 200,
                            "orientation": .string(orientation),
                        ])["packed"])
            }
            let others = try embed(chain, packed[0], packed[1], parameters)
            for row in 0..<60 {
                let own = (0..<3).map { part in
                    Array(features.values[row * 48 + part * 16..<row * 48 + part * 16 + 16])
                }
                let other = (0..<3).map { part in
                    Array(others.values[row * 48 + part * 16..<row * 48 + part * 16 + 16])
                }
                #expect(own == [other[0], other[2], other[1]])
                for index in 0..<16 {
                    let mean = (own[1][index] + own[2][index]) / 2
                    #expect(abs(own[0][index] - mean) <= 0.01 * max(abs(own[1][index]), abs(own[2][index])))
                }
            }
        }
    }

    @Test func bothOrientationsAreNeeded() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let error = #expect(throws: StageFailure.self) { try embed(chain, chain.packed, chain.packed) }
            #expect(error?.message.contains("the same orientation") == true)
        }
    }
}
