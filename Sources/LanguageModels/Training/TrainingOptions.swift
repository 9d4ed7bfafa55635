/// How a model is trained.
public struct TrainingOptions: Sendable, Hashable {
    /// Adversarial weight perturbation (Wu, Xia and Wang 2020): each gradient is recomputed at weights perturbed
    /// against it.
    public struct Adversary: Sendable, Hashable {
        /// How far a tensor is moved along its gradient, as a share of its norm.
        public var learningRate: Double
        /// How far each element may be moved, as a share of its magnitude.
        public var epsilon: Double
        /// The epoch from which it is applied; may be a fraction.
        public var startEpoch: Double

        /// An adversary from its parts.
        public init(learningRate: Double, epsilon: Double = 1e-4, startEpoch: Double = 0) {
            self.learningRate = learningRate
            self.epsilon = epsilon
            self.startEpoch = startEpoch
        }
    }

    /// The random seed for initialization, order and dropout.
    public var seed: UInt64
    /// How often every example is seen; may be a fraction.
    public var epochs: Double
    /// Examples per optimizer step: batch size times accumulation steps.
    public var examplesPerStep: Int
    /// The number of tokens that go through the model at a time. A step's examples are grouped into passes by length,
    /// without padding, so this only affects memory and speed.
    public var tokensPerPass: Int
    /// Whether examples are shuffled each epoch, instead of used in the given order.
    var shuffles: Bool
    /// The maximum number of steps, regardless of the epochs; the schedule ends there too.
    public var maximumSteps: Int?
    /// The optimizer.
    public var optimizer: OptimizerOptions
    /// The adversary, if there is one.
    public var adversary: Adversary?
    /// The number of steps between evaluations; the last step is always followed by one. Nil: never evaluates.
    public var stepsPerEvaluation: Int?
    /// The number of evaluations without improvement after which training stops. Nil: never stops early.
    public var patience: Int?
    /// Whether the result is the best evaluated model, rather than the last.
    public var keepsBest: Bool
    /// The number of steps between saved states.
    var stepsPerSave: Int

    /// Options from their parts.
    public init(
        seed: UInt64 = 42, epochs: Double = 1, examplesPerStep: Int = 16, tokensPerPass: Int = 4_096,
        shuffles: Bool = true, maximumSteps: Int? = nil, optimizer: OptimizerOptions = OptimizerOptions(),
        adversary: Adversary? = nil, stepsPerEvaluation: Int? = nil, patience: Int? = nil,
        keepsBest: Bool = true, stepsPerSave: Int = 1
    ) {
        self.seed = seed
        self.epochs = epochs
        self.examplesPerStep = examplesPerStep
        self.tokensPerPass = tokensPerPass
        self.shuffles = shuffles
        self.maximumSteps = maximumSteps
        self.optimizer = optimizer
        self.adversary = adversary
        self.stepsPerEvaluation = stepsPerEvaluation
        self.patience = patience
        self.keepsBest = keepsBest
        self.stepsPerSave = stepsPerSave
    }

    /// Throws if a number is invalid.
    func check() throws(LanguageModelError) {
        let problems: [(Bool, String)] = [
            (epochs > 0 && epochs.isFinite && epochs < 1e6, "the number of epochs must be positive"),
            (examplesPerStep > 0, "a step must have at least one example"),
            (tokensPerPass > 0, "a pass must have at least one token"),
            (maximumSteps ?? 1 > 0, "there must be at least one step"),
            (stepsPerEvaluation ?? 1 > 0, "evaluations must be at least one step apart"),
            (patience ?? 1 > 0, "patience must be at least one evaluation"),
            (stepsPerSave > 0, "saves must be at least one step apart"),
            (
                optimizer.learningRate > 0 && optimizer.learningRate.isFinite,
                "the learning rate must be positive"
            ),
            (0..<1 ~= optimizer.beta1 && 0..<1 ~= optimizer.beta2, "betas must be within 0 ..< 1"),
            (optimizer.epsilon > 0, "the optimizer's epsilon must be positive"),
            (optimizer.weightDecay >= 0, "weight decay must not be negative"),
            (optimizer.maximumGradientNorm ?? 1 > 0, "the maximum gradient norm must be positive"),
        ]
        if let (_, rule) = problems.first(where: { !$0.0 }) {
            throw LanguageModelError("invalid training options: \(rule)")
        }
    }
}
