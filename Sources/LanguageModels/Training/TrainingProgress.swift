/// What a training run reports after each step.
public struct TrainingProgress: Sendable, Hashable {
    /// The number of steps taken.
    public let step: Int
    /// The total number of steps.
    public let stepCount: Int
    /// How often every example was seen.
    public let epoch: Double
    /// The metrics of the step.
    public let record: TrainingState.StepRecord
    /// The result of the evaluation after the step, if there was one.
    public let evaluation: TrainingState.EvaluationRecord?
    /// Tokens per second since this process started training.
    public let tokensPerSecond: Double
    /// The estimated number of seconds until the end.
    public let remainingSeconds: Double
}
