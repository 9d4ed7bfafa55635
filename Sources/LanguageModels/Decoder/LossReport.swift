/// The losses of a batch's targets.
public struct LossReport: Sendable, Hashable {
    /// The weighted sum of the targets' losses, in nats.
    public let loss: Double
    /// Each target's unweighted loss, in the order of the targets.
    let targetLosses: [Double]
}
