import Columns
import Files
import Glibc
import LanguageModels
import StageKit
import Tensors

/// A language model's probabilities of A, B and tie, as rows show them.
struct LanguagePredictor: Sendable {
    let decoder: Decoder
    let parameters: ParameterVector?
    let answers: [Int]
    /// What the logits are divided by before the softmax.
    let temperature: Double

    /// The rows in batches of at most `tokens` tokens, the longest first, so that a batch's rows are about as long.
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
        let batch = SequenceBatch(prompts)
        let logits =
            if let parameters, decoder.adapter?.classCount != nil {
                try decoder.classLogits(batch, parameters: parameters)
            } else {
                try decoder.logits(
                    batch, at: batch.lastPositions, tokens: answers, parameters: parameters)
            }
        return try prompts.indices.map { row in
            let scores = logits[row..<row + 1].map { Double($0) / temperature }
            guard scores.count == 3, scores.allSatisfy(\.isFinite) else {
                throw StageFailure(
                    "the model's answer is no number: the checkpoint or the adapter is damaged")
            }
            let greatest = scores.max() ?? 0
            let powers = scores.map { exp($0 - greatest) }
            return Probabilities(a: powers[0], b: powers[1], tie: powers[2]).normalized
        }
    }
}
