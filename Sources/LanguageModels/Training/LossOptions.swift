internal import Foundation

/// What a language model's loss is over, and how labels of rows become targets.
///
/// A row is a prompt and an answer, one of a few options: for comparisons the tokens of A, B and C.
public struct LossOptions: Sendable, Hashable {
    /// What the loss is over.
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        /// The option's token and the end token behind it, each over the whole vocabulary.
        case labelAndEnd
        /// The option's token alone, over the whole vocabulary.
        case label
        /// The option's token, over the options alone.
        case options
        /// Every token of prompt, option and end, over the whole vocabulary.
        case allTokens
        /// The class of a classification head, behind the prompt; the option's token is not part of the sequence.
        case classes
    }

    /// What the loss is over.
    public var scope: Scope
    /// The options' tokens, in the order of the labels; with `classes` one number per class, whatever it is.
    public var options: [Int]
    /// The token behind the option, where the scope has one.
    public var endToken: Int
    /// The share of the loss that goes to the mean over all tokens (over all options, with `options` and `classes`).
    public var smoothing: Double
    /// The share of a teacher's probabilities in the target of a row that has both them and a label; the label has the rest.
    public var softShare: Double
    /// What the logits are divided with where they are compared with a teacher's probabilities; the teacher's logits are
    /// divided as well, and the loss is multiplied with the square (Hinton, Vinyals and Dean 2015).
    public var temperature: Double

    /// Options of their parts.
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
    ///   - prompt: the tokens before the answer, at least one.
    ///   - label: which option is right, if that is known.
    ///   - probabilities: a teacher's, one per option, if there is one.
    /// - Throws: `LanguageModelError` where there is neither, or where they do not fit the options.
    public func sequence(prompt: [Int], label: Int?, probabilities: [Double]? = nil) throws
        -> TrainingExample.Sequence
    {
        guard !prompt.isEmpty else { throw LanguageModelError("a row's prompt has no tokens") }
        guard label != nil || probabilities != nil else {
            throw LanguageModelError("a row has neither a label nor probabilities to learn from")
        }
        let count = options.count
        if let label, label < 0 || label >= count {
            throw LanguageModelError("the label \(label) is none of the \(count) options")
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

    /// The sequence of a row whose loss is the log loss of its label among the options, for evaluation.
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
        // A teacher's logits divided by T are probabilities to the power of 1 / T, put to sum 1 again.
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
