/// Options for AdamW (Loshchilov and Hutter 2019).
public struct OptimizerOptions: Sendable, Hashable {
    /// The precision of its state.
    public enum Precision: String, Sendable, Hashable, CaseIterable {
        /// 32 bits each.
        case full
        /// 8 bits each in blocks of 256, as in bitsandbytes' AdamW8bit (Dettmers et al. 2022); tensors of fewer than
        /// 4,096 elements in full.
        case eightBit
    }

    /// The precision of its state.
    public var precision: Precision
    /// The maximum learning rate.
    public var learningRate: Double
    /// The decay of the mean gradient.
    public var beta1: Double
    /// The decay of the mean squared gradient.
    public var beta2: Double
    /// Added to the root, to avoid dividing by 0.
    public var epsilon: Double
    /// The share of the weights that a step subtracts, times the learning rate; norms and biases do not decay.
    public var weightDecay: Double
    /// Gradients are clipped to this norm, over all tensors; nil does not clip.
    public var maximumGradientNorm: Double?
    /// How the learning rate changes.
    public var schedule: LearningRateSchedule

    /// Options; the defaults are those of PyTorch's AdamW, and of transformers for clipping.
    public init(
        precision: Precision = .full, learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8, weightDecay: Double = 0.01, maximumGradientNorm: Double? = 1,
        schedule: LearningRateSchedule = LearningRateSchedule()
    ) {
        self.precision = precision
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.maximumGradientNorm = maximumGradientNorm
        self.schedule = schedule
    }
}
