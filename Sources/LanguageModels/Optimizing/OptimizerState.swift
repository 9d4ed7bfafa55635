internal import Tensors

/// AdamW's state between steps: the running means of each parameter's gradient and squared gradient.
public struct OptimizerState: Sendable, Hashable {
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
    mutating func update(
        _ parameters: inout ParameterVector, _ gradients: inout ParameterVector, options: OptimizerOptions,
        total: Int
    ) -> (norm: Double, learningRate: Double) {
        precondition(
            parameters.layout == layout && gradients.layout == layout,
            "state, parameters and gradients have the same layout")
        let norm = MomentStep.norm(gradients.numbers)
        if let scale = options.gradientScale(norm: norm) {
            MomentStep.scale(&gradients.numbers, by: scale)
        }
        let rate = options.learningRate(at: step, of: total)
        step += 1
        for (index, entry) in layout.entries.enumerated() {
            let kernel = options.momentStep(step, learningRate: rate, of: entry.name)
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

extension OptimizerOptions {
    /// The factor that clips gradients with a norm, as in `torch.nn.utils.clip_grad_norm_`; nil if they stay.
    func gradientScale(norm: Double) -> Float? {
        guard let limit = maximumGradientNorm, norm > limit else { return nil }
        return Float(limit / (norm + 1e-6))
    }

    /// The learning rate of a step, counting from 0.
    func learningRate(at step: Int, of total: Int) -> Double {
        learningRate * schedule.factor(at: step, of: total)
    }

    /// One step, counting from 1, on a tensor.
    func momentStep(_ step: Int, learningRate: Double, of name: String) -> MomentStep {
        let decays = !name.hasSuffix("norm.weight") && !name.hasSuffix(".bias")
        return MomentStep(
            step: step, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
            weightDecay: decays ? weightDecay : 0)
    }
}
