internal import Foundation

/// What a language model's loss covers, and how labels become targets.
///
/// A row is a prompt and an answer, which is one of a few options: for comparisons, the tokens of A, B and C.
public struct LossOptions: Sendable, Hashable {
    /// What the loss covers.
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        /// The option's token and the end token after it, each over the whole vocabulary.
        case labelAndEnd
        /// Only the option's token, over the whole vocabulary.
        case label
        /// The option's token, over the options only.
        case options
        /// Every token of prompt, option and end, over the whole vocabulary.
        case allTokens
        /// The class of a classification head after the prompt; the option's token is not part of the sequence.
        case classes
    }

    /// What the loss covers.
    public var scope: Scope
    /// The options' tokens, in the order of the labels; with `classes`, one arbitrary number per class.
    public var options: [Int]
    /// The token after the option, if the scope has one.
    public var endToken: Int
    /// The weight of the mean over all tokens in the loss (over all options, with `options` and `classes`).
    public var smoothing: Double
    /// The weight of a teacher's probabilities in the target of a row that has both these and a label; the label gets
    /// the rest.
    public var softShare: Double
    /// Divides the logits when they are compared with a teacher's probabilities; the teacher's logits are divided too,
    /// and the loss is multiplied by the square (Hinton, Vinyals and Dean 2015).
    public var temperature: Double

    /// Options from their parts.
    public init(
        scope: Scope = .labelAndEnd, options: [Int], endToken: Int, smoothing: Double = 0,
        softShare: Double = 1, temperature: Double = 1
    ) {
        self.scope = scope
        self.options = options
        self.endToken = endToken
        self.smoothing = smoothing
        self.softShare = softShare
        self.temperature = temperature
    }

    /// The sequence of a row.
    ///
    /// - Parameters:
    /// - prompt: the tokens before the answer, at least one.
    /// - label: the correct option, if it is known.
    /// - probabilities: a teacher's probabilities, one per option, if there is one.
    /// - Throws: `LanguageModelError` if there is neither, or if they do not match the options.
    public func sequence(prompt: [Int], label: Int?, probabilities: [Double]? = nil) throws
        -> TrainingExample.Sequence
    {
        guard !prompt.isEmpty else { throw LanguageModelError("a row's prompt has no tokens") }
        guard label != nil || probabilities != nil else {
            throw LanguageModelError("a row has neither a label nor probabilities to learn from")
        }
        let count = options.count
        if let label, label < 0 || label >= count {
            throw LanguageModelError("the label \(label) is not one of the \(count) options")
        }
        if let probabilities {
            let sum = probabilities.reduce(0, +)
            guard probabilities.count == count, probabilities.allSatisfy({ $0 >= 0 }), abs(sum - 1) < 1e-3
            else { throw LanguageModelError("a row's \(count) probabilities do not sum to 1") }
        }
        let position = prompt.count - 1
        var targets: [Target] = []
        let soft = probabilities == nil ? 0 : label == nil ? 1 : softShare
        if let label, soft < 1 { targets.append(hard(position, label, weight: 1 - soft)) }
        if let probabilities, soft > 0 {
            targets.append(self.soft(position, probabilities, weight: soft * temperature * temperature))
        }
        guard scope != .classes else { return TrainingExample.Sequence(tokens: prompt, targets: targets) }
        let answer = label ?? Self.largest(probabilities ?? [])
        var tokens = prompt
        if scope == .labelAndEnd || scope == .allTokens {
            tokens.append(options[answer])
            targets.append(
                Target(position: position + 1, kind: .token(endToken, smoothing: smoothing)))
        }
        if scope == .allTokens {
            for place in 0..<position {
                targets.append(
                    Target(position: place, kind: .token(prompt[place + 1], smoothing: smoothing)))
            }
        }
        targets.sort { $0.position < $1.position }
        return TrainingExample.Sequence(tokens: tokens, targets: targets)
    }

    /// The sequence of a row for evaluation, whose loss is the log loss of its label among the options.
    public func evaluation(prompt: [Int], label: Int) -> TrainingExample.Sequence {
        let exact = options.indices.map { $0 == label ? 1.0 : 0 }
        let kind: Target.Kind =
            scope == .classes ? .classes(probabilities: exact) : .options(options, probabilities: exact)
        return TrainingExample.Sequence(
            tokens: prompt, targets: [Target(position: prompt.count - 1, kind: kind)])
    }

    private func hard(_ position: Int, _ label: Int, weight: Double) -> Target {
        let rest = smoothing / Double(options.count)
        let smoothed = options.indices.map { $0 == label ? 1 - smoothing + rest : rest }
        let kind: Target.Kind =
            switch scope {
            case .labelAndEnd, .label, .allTokens: .token(options[label], smoothing: smoothing)
            case .options: .options(options, probabilities: smoothed)
            case .classes: .classes(probabilities: smoothed)
            }
        return Target(position: position, weight: weight, kind: kind)
    }

    private func soft(_ position: Int, _ probabilities: [Double], weight: Double) -> Target {
        // Dividing a teacher's logits by T means raising its probabilities to the power of 1 / T and normalizing them.
        let powers = probabilities.map { temperature == 1 ? $0 : Foundation.pow($0, 1 / temperature) }
        let sum = powers.reduce(0, +)
        let tempered = powers.map { $0 / sum }
        let kind: Target.Kind =
            switch scope {
            case .labelAndEnd, .label, .allTokens:
                .distribution(options, probabilities: tempered, temperature: temperature)
            case .options: .options(options, probabilities: tempered, temperature: temperature)
            case .classes: .classes(probabilities: tempered, temperature: temperature)
            }
        return Target(position: position, weight: weight, kind: kind)
    }

    private static func largest(_ numbers: [Double]) -> Int {
        numbers.indices.max { numbers[$0] < numbers[$1] } ?? 0
    }
}
