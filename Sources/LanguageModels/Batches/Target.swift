/// The training target at a position of a batch, and its weight.
public struct Target: Sendable, Hashable {
    /// What is to be predicted.
    public enum Kind: Sendable, Hashable {
        /// A token, by cross entropy over the whole vocabulary; with smoothing s, (1 − s) of it plus s of the mean over
        /// all tokens.
        case token(Int, smoothing: Double = 0)
        /// Probabilities of a few tokens, by cross entropy of a softmax over only these tokens' logits, each divided by
        /// `temperature`. A probability of one makes a hard target.
        case options([Int], probabilities: [Double], temperature: Double = 1)
        /// Probabilities of some tokens, with zero for the others, by cross entropy over the whole vocabulary.
        case distribution([Int], probabilities: [Double], temperature: Double = 1)
        /// Probabilities of the classes of the adapter's head, by cross entropy.
        case classes(probabilities: [Double], temperature: Double = 1)
    }

    /// The position in the batch whose hidden state predicts it, which is that of the preceding token.
    public var position: Int
    /// The weight of the target's loss in the sum.
    public var weight: Double
    /// What is to be predicted.
    public var kind: Kind

    /// A target from its parts.
    public init(position: Int, weight: Double = 1, kind: Kind) {
        self.position = position
        self.weight = weight
        self.kind = kind
    }
}
