import LanguageModels
import StageKit

/// The optimizer and its learning rate schedule.
struct OptimizerSettings: SettingRecord {
    enum Optimizer: String, SettingChoice { case adamW, adamW8bit }

    enum Schedule: String, SettingChoice { case cosine, linear, polynomial, constant }

    @Setting("AdamW, or AdamW with blockwise 8-bit state, as in bitsandbytes.")
    var optimizer = Optimizer.adamW

    @Setting(1e-12...10, "The maximum learning rate.")
    var learningRate = 1e-4

    @Setting(0...0.9999999, "The decay of the mean gradient.")
    var beta1 = 0.9

    @Setting(0...0.9999999, "The decay of the mean squared gradient.")
    var beta2 = 0.999

    @Setting(1e-16...1, "Added to the denominator for numerical stability.")
    var epsilon = 1e-8

    @Setting(0...10, "The decoupled weight decay.")
    var weightDecay = 0.01

    @Setting(1e-9...1e9, "The maximum gradient norm, for clipping; null for no clipping.")
    var maximumGradientNorm: Double? = 1

    @Setting("How the learning rate decays after the warm-up.")
    var schedule = Schedule.cosine

    @Setting(0...100, "For cosine: the number of periods; half a period ends at 0.")
    var cycles = 0.5

    @Setting(0...100, "For polynomial: the power.")
    var power = 1.0

    @Setting(0...1, "For linear and polynomial: the final rate, as a share of the maximum.")
    var finalShare = 0.0

    @Setting(0...1, "The share of all steps during which the learning rate rises from 0.")
    var warmUpShare = 0.1

    @Setting(0...1_000_000_000, "The number of warm-up steps, instead of a share; null uses the share.")
    var warmUpSteps: Int?

    private var shape: LearningRateSchedule.Shape {
        switch schedule {
        case .cosine: .cosine(cycles: cycles)
        case .linear: .linear(end: finalShare)
        case .polynomial: .polynomial(power: power, end: finalShare)
        case .constant: .constant
        }
    }

    var options: OptimizerOptions {
        OptimizerOptions(
            precision: optimizer == .adamW ? .full : .eightBit, learningRate: learningRate, beta1: beta1,
            beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
            maximumGradientNorm: maximumGradientNorm,
            schedule: LearningRateSchedule(
                shape, warmUp: warmUpSteps.map { .steps($0) } ?? .ratio(warmUpShare)))
    }
}
