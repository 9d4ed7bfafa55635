internal import Tensors

/// What AdamW remembers between steps: the running means of each number's gradient and of its square.
public struct OptimizerState: Sendable, Hashable {
    /// The means of one tensor.
    enum Moments: Sendable, Hashable {
        case full(first: [Float], second: [Float])
        case eightBit(first: QuantizedMoment, second: QuantizedMoment)
    }

    /// Tensors of fewer numbers are not quantised.
    static let minimumQuantizedCount = 4_096

    /// Whose numbers they are.
    public let layout: ParameterLayout
    /// How many steps were taken.
    public internal(set) var step = 0
    var moments: [Moments]

    /// The state before the first step.
    public init(_ layout: ParameterLayout, precision: OptimizerOptions.Precision) {
        self.layout = layout
        moments = layout.entries.map { entry in
            let count = entry.range.count
            if precision == .eightBit && count >= Self.minimumQuantizedCount {
                return .eightBit(
                    first: QuantizedMoment(zeros: count), second: QuantizedMoment(zeros: count))
            }
            return .full(
                first: Array(repeating: 0, count: count), second: Array(repeating: 0, count: count))
        }
    }

    /// Moves the parameters by one step.
    ///
    /// - Parameters:
    ///   - parameters: what is trained.
    ///   - gradients: the gradient with respect to it; clipped in place.
    ///   - total: how many steps the training has; the schedule goes by it.
    /// - Returns: the gradient's norm before clipping, and the learning rate of the step.
    public mutating func update(
        _ parameters: inout ParameterVector, _ gradients: inout ParameterVector, options: OptimizerOptions,
        total: Int
    ) -> (norm: Double, learningRate: Double) {
        precondition(
            parameters.layout == layout && gradients.layout == layout, "state and numbers have one layout")
        let norm = MomentStep.norm(gradients.numbers)
        if let limit = options.maximumGradientNorm, norm > limit {
            // As torch.nn.utils.clip_grad_norm_ has it.
            MomentStep.scale(&gradients.numbers, by: Float(limit / (norm + 1e-6)))
        }
        let rate = options.learningRate * options.schedule.factor(at: step, of: total)
        step += 1
        for (index, entry) in layout.entries.enumerated() {
            let decays = !entry.name.hasSuffix("norm.weight") && !entry.name.hasSuffix(".bias")
            let kernel = MomentStep(
                step: step, learningRate: rate, beta1: options.beta1, beta2: options.beta2,
                epsilon: options.epsilon, weightDecay: decays ? options.weightDecay : 0)
            switch moments[index] {
            case .full(var first, var second):
                // So that the arrays have one owner, and are changed in place.
                moments[index] = .full(first: [], second: [])
                kernel.update(
                    &parameters.numbers, gradients.numbers, in: entry.range, first: &first, second: &second)
                moments[index] = .full(first: first, second: second)
            case .eightBit(var first, var second):
                moments[index] = .full(first: [], second: [])
                kernel.update(
                    &parameters.numbers, gradients.numbers, in: entry.range, first: &first, second: &second)
                moments[index] = .eightBit(first: first, second: second)
            }
        }
        return (norm, rate)
    }
}
