/// The target for a row of logits: a class, class probabilities, or either of these mixed with the uniform
/// distribution.
public struct SoftTarget: Sendable, Hashable {
    /// The classes with an explicit probability.
    public let classes: [Int]
    /// Their probabilities.
    public let probabilities: [Double]
    /// Probability that is spread evenly over all classes.
    public let smoothing: Double
    /// The divisor of the logits.
    public let temperature: Double
    /// The factor of the gradient.
    public let weight: Double

    /// A target from its parts.
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
