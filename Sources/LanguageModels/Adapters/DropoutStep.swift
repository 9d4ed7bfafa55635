internal import Tensors

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

    /// The rule for one projection; none where nothing is dropped.
    func rule(_ probability: Double, layer: Int, _ projection: Projection) -> Dropout? {
        guard probability > 0 else { return nil }
        let place = Projection.allCases.firstIndex(of: projection) ?? 0
        let module = UInt64(layer * Projection.allCases.count + place)
        return Dropout(
            probability: probability,
            key: CounterGenerator.bits(CounterGenerator.bits(seed, step), module))
    }
}
