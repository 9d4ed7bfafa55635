/// What should come out at a position of a batch, and how much it counts.
public struct Target: Sendable, Hashable {
    /// What should come out.
    public enum Kind: Sendable, Hashable {
        /// A token, by cross entropy over the whole vocabulary; with smoothing s, (1 − s) of it and s of the mean over
        /// all tokens.
        case token(Int, smoothing: Double = 0)
        /// Probabilities of a few tokens, by cross entropy of a softmax over these tokens' logits alone, each divided
        /// by `temperature`. A one for one of them makes a hard target.
        case options([Int], probabilities: [Double], temperature: Double = 1)
        /// Probabilities of some tokens, the others having none, by cross entropy over the whole vocabulary.
        case distribution([Int], probabilities: [Double], temperature: Double = 1)
        /// Probabilities of the classes of the adapter's head, by cross entropy.
        case classes(probabilities: [Double], temperature: Double = 1)
    }

    /// The position in the batch whose hidden state predicts it: that of the token before.
    public var position: Int
    /// What the target's loss is multiplied with in the sum.
    public var weight: Double
    /// What should come out.
    public var kind: Kind

    /// A target of its parts.
    public init(position: Int, weight: Double = 1, kind: Kind) {
        self.position = position
        self.weight = weight
        self.kind = kind
    }
}
