internal import Tensors

/// Determines which adapter inputs are dropped: a function of only the seed, the step, the layer, the projection, the
/// position in the batch and the column.
public struct DropoutStep: Sendable, Hashable {
    /// The seed of the training run.
    public let seed: UInt64
    /// The number of the batch in the training run; batches of one accumulated step have different numbers.
    public let step: UInt64

    /// A step of a training run.
    public init(seed: UInt64, step: UInt64) {
        self.seed = seed
        self.step = step
    }

    /// The rule for one projection; nil if nothing is dropped.
    func rule(_ probability: Double, layer: Int, _ projection: Projection) -> Dropout? {
        guard probability > 0 else { return nil }
        let place = Projection.allCases.firstIndex(of: projection) ?? 0
        let module = UInt64(layer * Projection.allCases.count + place)
        return Dropout(
            probability: probability,
            key: CounterGenerator.bits(CounterGenerator.bits(seed, step), module))
    }
}
