/// The state of a training run: everything that its next step depends on, and the history so far.
public struct TrainingState: Sendable, Hashable {
    /// The metrics of a step.
    public struct StepRecord: Sendable, Hashable, Codable {
        /// The mean loss of the step's targets, before the step.
        public let loss: Double
        /// The gradient's norm before clipping.
        public let gradientNorm: Double
        /// The learning rate.
        public let learningRate: Double
        /// The number of tokens that went through the model.
        public let tokens: Int
    }

    /// The result of an evaluation.
    public struct EvaluationRecord: Sendable, Hashable, Codable {
        /// The number of steps taken before it.
        public let step: Int
        /// The mean loss of the evaluation targets.
        public let loss: Double
    }

    /// The best model so far.
    struct Best: Sendable, Hashable {
        var step: Int
        var loss: Double
        var numbers: [Float]
    }

    /// The trained parameters.
    public internal(set) var parameters: ParameterVector
    /// The optimizer state.
    public internal(set) var optimizer: OptimizerState
    /// The number of batches that went through the model, which determines what is dropped in the next one.
    var passes: UInt64 = 0
    var best: Best?
    /// Whether training stopped early, for lack of improvement.
    public internal(set) var isStoppedEarly = false
    /// The metrics of each step.
    public internal(set) var steps: [StepRecord] = []
    /// The results of the evaluations.
    public internal(set) var evaluations: [EvaluationRecord] = []

    /// The state before the first step.
    public init(_ parameters: ParameterVector, precision: OptimizerOptions.Precision) {
        self.parameters = parameters
        optimizer = OptimizerState(parameters.layout, precision: precision)
    }

    /// The number of steps taken.
    public var step: Int { steps.count }

    /// The step of the best evaluation, and its loss.
    public var bestEvaluation: EvaluationRecord? {
        best.map { EvaluationRecord(step: $0.step, loss: $0.loss) }
    }

    /// The parameters of the best evaluated model, or the last ones if none was kept or `keepsBest` is false.
    public func result(keepsBest: Bool) -> ParameterVector {
        var result = parameters
        if keepsBest, let best, !best.numbers.isEmpty { result.numbers = best.numbers }
        return result
    }

    /// The number of evaluations since the best one.
    var evaluationsWithoutBest: Int {
        guard let best else { return evaluations.count }
        return evaluations.filter { $0.step > best.step }.count
    }
}
