internal import Foundation

/// The learning rate over a training run, as a factor of its maximum.
///
/// The formulas are those of transformers' schedules (`get_cosine_schedule_with_warmup`, …): step t, counting from 0,
/// of w warm-up steps has the factor t / w, so the very first step changes nothing.
public struct LearningRateSchedule: Sendable, Hashable {
    /// The curve after the warm-up.
    public enum Shape: Sendable, Hashable {
        /// Always the maximum.
        case constant
        /// max(0, ½ (1 + cos(2π · cycles · progress))): half a cycle ends at 0, a whole cycle back at the maximum.
        case cosine(cycles: Double = 0.5)
        /// A straight line down to `end`, a share of the maximum.
        case linear(end: Double = 0)
        /// (1 − end) (1 − progress)^power + end; `end` is a share of the maximum.
        case polynomial(power: Double, end: Double = 0)
    }

    /// How long the rate rises from 0.
    public enum WarmUp: Sendable, Hashable {
        /// A number of steps.
        case steps(Int)
        /// A share of all steps, rounded down.
        case ratio(Double)
    }

    /// The curve after the warm-up.
    public var shape: Shape
    /// How long the rate rises.
    public var warmUp: WarmUp

    /// A schedule from its parts.
    public init(_ shape: Shape = .cosine(), warmUp: WarmUp = .steps(0)) {
        self.shape = shape
        self.warmUp = warmUp
    }

    /// The number of warm-up steps.
    public func warmUpSteps(of total: Int) -> Int {
        switch warmUp {
        case .steps(let steps): max(steps, 0)
        case .ratio(let ratio): Int((ratio * Double(total)).rounded(.down))
        }
    }

    /// The share of the maximum at a step.
    ///
    /// - Parameters:
    /// - step: the step, counting from 0.
    /// - total: the number of steps.
    func factor(at step: Int, of total: Int) -> Double {
        let warm = warmUpSteps(of: total)
        if step < warm { return Double(step) / Double(max(warm, 1)) }
        let progress = min(Double(step - warm) / Double(max(total - warm, 1)), 1)
        return switch shape {
        case .constant: 1
        case .cosine(let cycles): max(0, 0.5 * (1 + Foundation.cos(2 * .pi * cycles * progress)))
        case .linear(let end): (1 - end) * (1 - progress) + end
        case .polynomial(let power, let end): (1 - end) * Foundation.pow(1 - progress, power) + end
        }
    }
}
