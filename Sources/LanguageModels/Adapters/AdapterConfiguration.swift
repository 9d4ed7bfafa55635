/// Which low-rank matrices are trained beside frozen projections (LoRA, Hu et al. 2021, as PEFT defines it).
///
/// A projection W x becomes W x + (alpha / rank) B A dropout(x).
public struct AdapterConfiguration: Sendable, Hashable {
    /// The rows of A, and the columns of B.
    public var rank: Int
    /// The scale's numerator.
    public var alpha: Double
    /// The probability with which an input of A is dropped in training.
    public var dropout: Double
    /// The projections that have one, each once, in the order of `Projection.allCases`.
    public var targets: [Projection]
    /// How many classes a linear head on the last token's hidden state has, if the model has one in place of its own
    /// head. It is trained, and saved with the adapter.
    public var classCount: Int?

    /// A configuration; targets are put in order.
    public init(
        rank: Int, alpha: Double, dropout: Double = 0, targets: [Projection], classCount: Int? = nil
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = Projection.allCases.filter(targets.contains)
        self.classCount = classCount
    }

    /// What B A x is multiplied with.
    public var scale: Double { alpha / Double(rank) }
}
