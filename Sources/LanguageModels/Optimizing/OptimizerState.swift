internal import Tensors

/// AdamW's state between steps: the running means of each parameter's gradient and squared gradient.
public struct OptimizerState: Sendable, Hashable {
    /// The state of one tensor.
    enum Moments: Sendable, Hashable {
        case full(first: [Float], second: [Float])
        case eightBit(first: QuantizedMoment, second: QuantizedMoment)
    }

    /// Tensors with fewer elements are not quantized.
    static let minimumQuantizedCount = 4_096

    /// The layout of the parameters.
    public let layout: ParameterLayout
    /// The number of steps taken.
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

    /// Updates the parameters by one step.
    ///
    /// - Parameters:
    /// - parameters: the trained parameters.
    /// - gradients: their gradients, which are clipped in place.
    /// - total: the number of steps of the training run, for the schedule.
    /// - Returns: the gradient's norm before clipping, and the learning rate of the step.
    public mutating func update(
        _ parameters: inout ParameterVector, _ gradients: inout ParameterVector, options: OptimizerOptions,
        total: Int
    ) -> (norm: Double, learningRate: Double) {
        precondition(
            parameters.layout == layout && gradients.layout == layout,
            "state, parameters and gradients have the same layout")
        let norm = MomentStep.norm(gradients.numbers)
        if let limit = options.maximumGradientNorm, norm > limit {
            // As in torch.nn.utils.clip_grad_norm_.
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
                // So that the arrays have a single owner, and are changed in place.
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
