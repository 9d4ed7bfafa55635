/// Where a training is: all that its next step depends on, and what came of those before.
public struct TrainingState: Sendable, Hashable {
    /// What a step cost.
    public struct StepRecord: Sendable, Hashable, Codable {
        /// The mean loss of the step's targets, before the step.
        public let loss: Double
        /// The gradient's norm before clipping.
        public let gradientNorm: Double
        /// The learning rate.
        public let learningRate: Double
        /// The tokens that went through the model.
        public let tokens: Int
    }

    /// What an evaluation gave.
    public struct EvaluationRecord: Sendable, Hashable, Codable {
        /// After how many steps.
        public let step: Int
        /// The mean loss of the evaluation's targets.
        public let loss: Double
    }

    /// A model that was the best so far.
    struct Best: Sendable, Hashable {
        var step: Int
        var loss: Double
        var numbers: [Float]
    }

    /// What is trained, after the steps so far.
    public internal(set) var parameters: ParameterVector
    /// The optimizer's moments.
    public internal(set) var optimizer: OptimizerState
    /// How many batches went through the model; what is dropped in one goes by its number.
    var passes: UInt64 = 0
    var best: Best?
    /// Whether the training ended before its last step, for lack of better evaluations.
    public internal(set) var isStoppedEarly = false
    /// What each step cost.
    public internal(set) var steps: [StepRecord] = []
    /// What the evaluations gave.
    public internal(set) var evaluations: [EvaluationRecord] = []

    /// The state before the first step.
    public init(_ parameters: ParameterVector, precision: OptimizerOptions.Precision) {
        self.parameters = parameters
        optimizer = OptimizerState(parameters.layout, precision: precision)
    }

    /// How many steps were taken.
    public var step: Int { steps.count }

    /// The step after which the best evaluation was, and its loss.
    public var bestEvaluation: EvaluationRecord? {
        best.map { EvaluationRecord(step: $0.step, loss: $0.loss) }
    }

    /// The best evaluated model's numbers; the last, where none was kept or `keepsBest` is false.
    public func result(keepsBest: Bool) -> ParameterVector {
        var result = parameters
        if keepsBest, let best, !best.numbers.isEmpty { result.numbers = best.numbers }
        return result
    }

    /// Evaluations since the best.
    var evaluationsWithoutBest: Int {
        guard let best else { return evaluations.count }
        return evaluations.filter { $0.step > best.step }.count
    }
}
