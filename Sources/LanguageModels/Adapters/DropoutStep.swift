/// What decides which inputs of the adapters are dropped: a function of the seed, the step, the layer, the projection, the
/// position in the batch and the column, and of nothing else.
public struct DropoutStep: Sendable, Hashable {
    /// The training's seed.
    public let seed: UInt64
    /// Which batch of the training it is; two batches of one accumulation have two numbers.
    public let step: UInt64

    /// A step of a training.
    public init(seed: UInt64, step: UInt64) {
        self.seed = seed
        self.step = step
    }
}
