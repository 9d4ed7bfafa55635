import Columns
import Files
import Glibc
import LanguageModels
import Predictions
import StageKit
import Tensors

/// A language model's probabilities of A, B and tie, as shown in the rows.
struct LanguagePredictor: Sendable {
    let decoder: Decoder
    let parameters: PlacedParameters?
    let answers: [Int]
    /// Divides the logits before the softmax.
    let temperature: Double
    /// The common prefix of all prompts, if there is a useful one.
    let prefix: DecoderPrefix?

    /// A predictor for some prompts.
    init(
        decoder: Decoder, parameters: ParameterVector?, answers: [Int], temperature: Double, prompts: [[Int]]
    ) throws {
        self.decoder = decoder
        let placed = try parameters.map { try decoder.placed($0) }
        self.parameters = placed
        self.answers = answers
        self.temperature = temperature
        prefix = try PromptBatches.prefix(of: prompts, decoder, placed)
    }

    /// The probabilities of some prompts.
    func probabilities(_ prompts: [[Int]]) throws -> [Probabilities] {
        let batch = SequenceBatch(prompts.map { Array($0.dropFirst(prefix?.tokens.count ?? 0)) })
        let logits =
            if let parameters, decoder.adapter?.classCount != nil {
                try decoder.classLogits(batch, parameters: parameters, after: prefix)
            } else {
                try decoder.logits(
                    batch, at: batch.lastPositions, tokens: answers, parameters: parameters,
                    after: prefix)
            }
        return try prompts.indices.map { row in
            let scores = logits[row..<row + 1].map { Double($0) / temperature }
            guard scores.count == 3, scores.allSatisfy(\.isFinite) else {
                throw StageFailure(
                    "the model's output is not finite: the checkpoint or the adapter is damaged")
            }
            let greatest = scores.max() ?? 0
            let powers = scores.map { exp($0 - greatest) }
            return Probabilities(a: powers[0], b: powers[1], tie: powers[2]).normalized
        }
    }
}
