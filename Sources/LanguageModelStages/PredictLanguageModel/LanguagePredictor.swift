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
    /// The common prefix of all prompts, if it is long enough to be useful: in most templates, the instruction.
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
        let shared = Self.sharedTokens(prompts)
        prefix =
            prompts.count > 1 && shared.count >= 8 ? try decoder.prefix(shared, parameters: placed) : nil
    }

    /// The tokens that all prompts begin with, leaving at least one token of each.
    static func sharedTokens(_ prompts: [[Int]]) -> [Int] {
        guard let first = prompts.first else { return [] }
        var count = first.count
        for prompt in prompts {
            var common = 0
            while common < min(count, prompt.count - 1) && prompt[common] == first[common] { common += 1 }
            count = common
        }
        return Array(first.prefix(count))
    }

    /// The rows in batches of at most `tokens` tokens, longest first, so that the rows of a batch have similar lengths.
    static func batches(_ rows: [Int], tokens: Int, length: (Int) -> Int) -> [[Int]] {
        let sorted = rows.sorted { (-length($0), $0) < (-length($1), $1) }
        var batches: [[Int]] = []
        var room = 0
        for row in sorted {
            if batches.isEmpty || length(row) > room {
                batches.append([])
                room = tokens
            }
            batches[batches.count - 1].append(row)
            room -= length(row)
        }
        return batches
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
