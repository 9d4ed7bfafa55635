import Checkpoints
import Foundation
import LanguageModels
import Predictions
import Tensors
import Testing

@testable import LanguageModelStages

struct LanguagePredictorTests {
    @Test(
        arguments: [
            ([[1, 2, 3], [1, 2, 4]], [1, 2]), ([[1, 2], [1, 2, 3]], [1]), ([[5], [5, 6]], []),
            ([[7, 8]], [7]),
            ([], []), ([[1, 2, 3], [4, 2, 3]], []),
        ] as [([[Int]], [Int])])
    func theCommonPrefixLeavesATokenOfEachPrompt(_ prompts: [[Int]], _ shared: [Int]) {
        #expect(PromptBatches.sharedTokens(prompts) == shared)
    }

    @Test func probabilitiesMatchThoseOfWholePrompts() throws {
        let decoder = Decoder(
            training: ModelConfiguration(
                family: .llama, vocabularySize: 50, hiddenSize: 16, feedForwardSize: 24, layerCount: 2,
                headCount: 4, keyValueHeadCount: 2, headSize: 4))
        var parameters = decoder.initialParameters(seed: 1)
        parameters.numbers = parameters.numbers.map { $0 * 20 }
        let start = Array(3..<15)
        let prompts = [[20, 21], [22], [20, 30, 31, 32]].map { start + $0 }
        let predictor = try LanguagePredictor(
            decoder: decoder, parameters: parameters, answers: [40, 41, 42], temperature: 1.5,
            prompts: prompts)
        #expect(predictor.prefix?.tokens == start)
        let probabilities = try predictor.probabilities(prompts)
        for (prompt, own) in zip(prompts, probabilities) {
            let logits = try decoder.logits(
                SequenceBatch([prompt]), at: [prompt.count - 1], tokens: [40, 41, 42], parameters: parameters)
            let powers = logits[0].map { exp(Double($0) / 1.5) }
            #expect(abs(own.a - powers[0] / powers.reduce(0, +)) < 1e-5)
            #expect(abs(own.tie - powers[2] / powers.reduce(0, +)) < 1e-5)
        }
        #expect(Set(probabilities.map(\.a)).count == 3)
    }
}
