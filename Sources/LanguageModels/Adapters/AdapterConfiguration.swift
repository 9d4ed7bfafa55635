/// Which low-rank matrices are trained for frozen projections (LoRA, Hu et al. 2021, as defined by PEFT).
///
/// A projection W x becomes W x + (alpha / rank) B A dropout(x).
public struct AdapterConfiguration: Sendable, Hashable {
    /// The number of rows of A and columns of B.
    public var rank: Int
    /// The numerator of the scale.
    public var alpha: Double
    /// The probability that an input of A is dropped in training.
    public var dropout: Double
    /// The adapted projections, each once, in the order of `Projection.allCases`.
    public var targets: [Projection]
    /// The number of classes, if a linear head on the last token's hidden state replaces the model's own head. That
    /// head is trained, and saved with the adapter.
    public var classCount: Int?

    /// A configuration; targets are sorted.
    public init(
        rank: Int, alpha: Double, dropout: Double = 0, targets: [Projection], classCount: Int? = nil
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = Projection.allCases.filter(targets.contains)
        self.classCount = classCount
    }

    /// The factor of B A x.
    public var scale: Double { alpha / Double(rank) }
}
