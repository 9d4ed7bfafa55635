/// What a batch's targets cost.
public struct LossReport: Sendable, Hashable {
    /// The sum of the targets' losses, each multiplied with its weight, in nats.
    public let loss: Double
    /// Each target's loss, not multiplied with its weight, in the order of the targets.
    let targetLosses: [Double]

    /// A report of its parts.
    public init(loss: Double, targetLosses: [Double]) {
        self.loss = loss
        self.targetLosses = targetLosses
    }
}
