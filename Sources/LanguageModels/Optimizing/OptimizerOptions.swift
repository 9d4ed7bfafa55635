/// What is asked of AdamW (Loshchilov and Hutter 2019).
public struct OptimizerOptions: Sendable, Hashable {
    /// How its moments are kept.
    public enum Precision: String, Sendable, Hashable, CaseIterable {
        /// 32 bits each.
        case full
        /// 8 bits each by blocks of 256, as bitsandbytes' AdamW8bit keeps them (Dettmers et al. 2022); tensors of fewer
        /// than 4,096 numbers in full.
        case eightBit
    }

    /// How its moments are kept.
    public var precision: Precision
    /// The learning rate at its maximum.
    public var learningRate: Double
    /// The decay of the mean of gradients.
    public var beta1: Double
    /// The decay of the mean of squared gradients.
    public var beta2: Double
    /// What is added to the root, so that it divides.
    public var epsilon: Double
    /// What of the weights is taken away in a step, times the learning rate; norms and biases decay not.
    public var weightDecay: Double
    /// Longer gradients are shortened to this norm, over all tensors; nil leaves them.
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
