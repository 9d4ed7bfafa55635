import Checkpoints
import LanguageModels
import StageKit
import TokenRows

extension TrainLanguageModel {
    /// What it can be told.
    package struct Parameters: Decodable, Sendable {
        let fold: Int?
        let head: Head
        let loss: Loss
        let labelSmoothing: Double
        let rank: Int
        let alpha: Double
        let dropout: Double
        let targets: [Projection]
        let optimizer: Optimizer
        let learningRate: Double
        let beta1: Double
        let beta2: Double
        let epsilon: Double
        let weightDecay: Double
        let maximumGradientNorm: Double?
        let schedule: Schedule
        let cycles: Double
        let power: Double
        let finalShare: Double
        let warmUpShare: Double
        let warmUpSteps: Int?
        let epochs: Double
        let maximumSteps: Int?
        let rowsPerStep: Int
        let tokensPerPass: Int
        let evaluateEvery: Int?
        let evaluationRows: Int?
        let patience: Int?
        let keepsBest: Bool
        let adversary: Adversary
        let temperature: Double
        let goldShare: Double
        let targetWeight: Double
        let seed: Int
    }

    /// Where the answer is read.
    enum Head: String, Decodable, Sendable, CaseIterable { case answer, classes }

    enum Loss: String, Decodable, Sendable, CaseIterable { case labelAndEnd, label, options, allTokens }

    enum Optimizer: String, Decodable, Sendable, CaseIterable { case adamW, adamW8bit }

    enum Schedule: String, Decodable, Sendable, CaseIterable { case cosine, linear, polynomial, constant }

    struct Adversary: Decodable, Sendable {
        let rate: Double
        let epsilon: Double
        let startEpoch: Double
    }
}

extension TrainLanguageModel.Parameters {
    /// The adapter to begin with; a model's usual targets where none are named.
    func adapter(for configuration: ModelConfiguration) -> AdapterConfiguration {
        let attention = configuration.projections.filter(\.isAttention)
        return AdapterConfiguration(
            rank: rank, alpha: alpha, dropout: dropout, targets: targets.isEmpty ? attention : targets,
            classCount: head == .classes ? 3 : nil)
    }

    /// What the loss is over.
    ///
    /// - Throws: `StageFailure` where it is over the end, and the template has none.
    func lossOptions(_ rows: LanguageRows) throws -> LossOptions {
        var scope: LossOptions.Scope =
            switch loss {
            case .labelAndEnd: .labelAndEnd
            case .label: .label
            case .options: .options
            case .allTokens: .allTokens
            }
        if head == .classes { scope = .classes }
        if scope == .labelAndEnd || scope == .allTokens, rows.end == nil {
            throw StageFailure(
                "loss: \(loss.rawValue) needs an end token, and the template of 'rows' has none; choose 'label'"
            )
        }
        return LossOptions(
            scope: scope, options: rows.answers, endToken: rows.end ?? 0, smoothing: labelSmoothing,
            softShare: 1 - goldShare, temperature: temperature)
    }

    /// How it is trained.
    ///
    /// - Parameter evaluates: whether there are rows to evaluate on.
    func training(evaluates: Bool) -> TrainingOptions {
        let shape: LearningRateSchedule.Shape =
            switch schedule {
            case .cosine: .cosine(cycles: cycles)
            case .linear: .linear(end: finalShare)
            case .polynomial: .polynomial(power: power, end: finalShare)
            case .constant: .constant
            }
        let optimizer = OptimizerOptions(
            precision: self.optimizer == .adamW ? .full : .eightBit, learningRate: learningRate, beta1: beta1,
            beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
            maximumGradientNorm: maximumGradientNorm,
            schedule: LearningRateSchedule(
                shape, warmUp: warmUpSteps.map { .steps($0) } ?? .ratio(warmUpShare)))
        return TrainingOptions(
            seed: UInt64(bitPattern: Int64(seed)), epochs: epochs, examplesPerStep: rowsPerStep,
            tokensPerPass: tokensPerPass, maximumSteps: maximumSteps, optimizer: optimizer,
            adversary: adversary.rate > 0
                ? TrainingOptions.Adversary(
                    learningRate: adversary.rate, epsilon: adversary.epsilon,
                    startEpoch: adversary.startEpoch) : nil,
            stepsPerEvaluation: evaluates ? evaluateEvery ?? Int.max : nil, patience: patience,
            keepsBest: keepsBest && evaluateEvery != nil)
    }
}
