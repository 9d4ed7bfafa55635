/// What a training says after each step.
public struct TrainingProgress: Sendable, Hashable {
    /// How many steps were taken.
    public let step: Int
    /// How many there are.
    public let stepCount: Int
    /// How often every example was seen.
    public let epoch: Double
    /// What the step cost.
    public let record: TrainingState.StepRecord
    /// What the evaluation after the step gave, if there was one.
    public let evaluation: TrainingState.EvaluationRecord?
    /// Tokens per second since this process began to train.
    public let tokensPerSecond: Double
    /// How many seconds the rest should take.
    public let remainingSeconds: Double
}
