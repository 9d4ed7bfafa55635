import LanguageModels
import StageKit

/// The optimizer, and how its learning rate goes.
struct OptimizerSettings: SettingRecord {
    enum Optimizer: String, SettingChoice { case adamW, adamW8bit }

    enum Schedule: String, SettingChoice { case cosine, linear, polynomial, constant }

    @Setting("AdamW, or the same with moments of 8 bits by blocks, as bitsandbytes keeps them.")
    var optimizer = Optimizer.adamW

    @Setting(1e-12...10, "The highest learning rate.")
    var learningRate = 1e-4

    @Setting(0...0.9999999, "The decay of the mean gradient.")
    var beta1 = 0.9

    @Setting(0...0.9999999, "The decay of the mean squared gradient.")
    var beta2 = 0.999

    @Setting(1e-16...1, "What keeps a step finite.")
    var epsilon = 1e-8

    @Setting(0...10, "The decoupled weight decay.")
    var weightDecay = 0.01

    @Setting(1e-9...1e9, "Longer gradients are shortened to this; null for none.")
    var maximumGradientNorm: Double? = 1

    @Setting("How the learning rate falls after the warm-up.")
    var schedule = Schedule.cosine

    @Setting(0...100, "Of the cosine: how many of its periods; a half ends at 0.")
    var cycles = 0.5

    @Setting(0...100, "Of the polynomial: its power.")
    var power = 1.0

    @Setting(0...1, "Of the linear and the polynomial: the share of the highest rate at the end.")
    var finalShare = 0.0

    @Setting(0...1, "The share of all steps in which the rate rises from 0.")
    var warmUpShare = 0.1

    @Setting(0...1_000_000_000, "That many steps instead of a share; null for the share.")
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
