import Glibc

/// The known model from which labels are drawn: Davidson's extension of the Bradley–Terry model to ties.
///
/// With `z = quality × (share(A) − share(B)) + length × (ln(1 + words(A)) − ln(1 + words(B)))`, where a response's
/// share is (liked − disliked words) ÷ words, the probabilities of A, B and tie are proportional to e^(z/2) : e^(−z/2)
/// : e^tie. Everything that matters is in the text, so a model of the text can achieve the lowest possible log loss.
struct PreferenceModel: Sendable {
    /// The weight of the share of liked words.
    let quality: Double
    /// The weight of the length.
    let length: Double
    /// The logit of a tie.
    let tie: Double

    /// What the judge sees in a response.
    struct Impression: Sendable, Hashable {
        var words = 0
        var liked = 0
        var disliked = 0

        var share: Double { words == 0 ? 0 : Double(liked - disliked) / Double(words) }
    }

    /// The score of A over B: positive if A is better.
    func score(_ a: Impression, _ b: Impression) -> Double {
        quality * (a.share - b.share) + length * (log(1 + Double(a.words)) - log(1 + Double(b.words)))
    }

    /// The probabilities of A, B and tie.
    func probabilities(score: Double) -> [Double] {
        let weights = [exp(score / 2), exp(-score / 2), exp(tie)]
        let sum = weights[0] + weights[1] + weights[2]
        return weights.map { $0 / sum }
    }

    /// The model whose mean tie probability over the given scores is `tieShare`.
    static func calibrated(scores: [Double], quality: Double, length: Double, tieShare: Double)
        -> PreferenceModel
    {
        var low = -20.0
        var high = 20.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let model = PreferenceModel(quality: quality, length: length, tie: middle)
            let mean =
                scores.reduce(0) { $0 + model.probabilities(score: $1)[2] } / Double(max(1, scores.count))
            if mean < tieShare { low = middle } else { high = middle }
        }
        return PreferenceModel(quality: quality, length: length, tie: (low + high) / 2)
    }
}
