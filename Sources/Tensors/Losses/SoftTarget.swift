/// What should come out of a row of logits: a class, probabilities of classes, or a mixture of both with all classes.
public struct SoftTarget: Sendable, Hashable {
    /// Classes that have a probability of their own.
    public let classes: [Int]
    /// These probabilities.
    public let probabilities: [Double]
    /// A probability that is shared out evenly among all classes.
    public let smoothing: Double
    /// What logits are divided by.
    public let temperature: Double
    /// What the gradient is multiplied with.
    public let weight: Double

    /// A target of its parts.
    public init(
        classes: [Int], probabilities: [Double], smoothing: Double = 0, temperature: Double = 1,
        weight: Double = 1
    ) {
        precondition(classes.count == probabilities.count, "each class has a probability")
        self.classes = classes
        self.probabilities = probabilities
        self.smoothing = smoothing
        self.temperature = temperature
        self.weight = weight
    }
}
