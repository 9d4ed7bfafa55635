/// How a model is trained.
public struct TrainingOptions: Sendable, Hashable {
    /// Adversarial weight perturbation (Wu, Xia and Wang 2020): each gradient is taken again at weights moved against it.
    public struct Adversary: Sendable, Hashable {
        /// How far a tensor is moved along its gradient, as a share of its norm.
        public var learningRate: Double
        /// How far each number may be moved, as a share of itself.
        public var epsilon: Double
        /// The epoch from which on it is done; may be a fraction.
        public var startEpoch: Double

        /// An adversary of its parts.
        public init(learningRate: Double, epsilon: Double = 1e-4, startEpoch: Double = 0) {
            self.learningRate = learningRate
            self.epsilon = epsilon
            self.startEpoch = startEpoch
        }
    }

    /// What random numbers are made from: initial numbers, orders and dropout.
    public var seed: UInt64
    /// How often every example is seen; may be a fraction.
    public var epochs: Double
    /// Examples of an optimizer step: batch size times accumulation.
    public var examplesPerStep: Int
    /// How many tokens go through the model at a time. A step's examples are put into passes by length; there is no padding,
    /// so that this is about memory and speed alone.
    public var tokensPerPass: Int
    /// Whether examples come in a new order each epoch, rather than as given.
    var shuffles: Bool
    /// No more steps than this, whatever the epochs say; the schedule ends there too.
    public var maximumSteps: Int?
    /// The optimizer.
    public var optimizer: OptimizerOptions
    /// The adversary, if there is one.
    public var adversary: Adversary?
    /// After how many steps the model is evaluated; also after the last. Nil: never.
    public var stepsPerEvaluation: Int?
    /// After how many evaluations without a better one the training ends. Nil: it goes on.
    public var patience: Int?
    /// Whether the result is the best evaluated model, rather than the last.
    public var keepsBest: Bool
    /// After how many steps the state is offered for saving.
    var stepsPerSave: Int

    /// Options of their parts.
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

    /// Throws where a number makes no sense.
    func check() throws(LanguageModelError) {
        let problems: [(Bool, String)] = [
            (epochs > 0 && epochs.isFinite && epochs < 1e6, "the number of epochs is positive"),
            (examplesPerStep > 0, "a step has at least one example"),
            (tokensPerPass > 0, "a pass has at least one token"),
            (maximumSteps ?? 1 > 0, "there is at least one step"),
            (stepsPerEvaluation ?? 1 > 0, "evaluations are at least a step apart"),
            (patience ?? 1 > 0, "patience is at least one evaluation"),
            (stepsPerSave > 0, "saves are at least a step apart"),
            (optimizer.learningRate > 0 && optimizer.learningRate.isFinite, "the learning rate is positive"),
            (0..<1 ~= optimizer.beta1 && 0..<1 ~= optimizer.beta2, "betas are within 0 ..< 1"),
            (optimizer.epsilon > 0, "the optimizer's epsilon is positive"),
            (optimizer.weightDecay >= 0, "weight decay is not negative"),
            (optimizer.maximumGradientNorm ?? 1 > 0, "the largest gradient norm is positive"),
        ]
        if let (_, rule) = problems.first(where: { !$0.0 }) {
            throw LanguageModelError("training options make no sense: \(rule)")
        }
    }
}
