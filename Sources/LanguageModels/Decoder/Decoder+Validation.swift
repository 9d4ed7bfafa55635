internal import Checkpoints

extension Decoder {
    /// Validates a caller's arguments.
    ///
    /// - Throws: `LanguageModelError` if a token, a position or a class does not exist, or a number is invalid.
    func check(
        _ batch: SequenceBatch, positions: [Int], tokens: [Int] = [], after prefix: DecoderPrefix? = nil
    ) throws {
        guard batch.count > 0 else { throw LanguageModelError("the batch has no sequences") }
        for sequence in 0..<batch.count {
            let length = batch.positions(of: sequence).count + (prefix?.tokens.count ?? 0)
            guard length <= configuration.maximumPositions else {
                throw LanguageModelError(
                    "a sequence has \(length) tokens, but the model supports "
                        + "\(configuration.maximumPositions); truncate it")
            }
        }
        for token in [batch.tokens, tokens].joined()
        where token < 0 || token >= configuration.vocabularySize {
            throw LanguageModelError(
                "token \(token) is not in the model's vocabulary of \(configuration.vocabularySize); "
                    + "does the tokenizer belong to the checkpoint?")
        }
        for position in positions where position < 0 || position >= batch.tokens.count {
            throw LanguageModelError(
                "position \(position) is outside the batch of \(batch.tokens.count) tokens")
        }
    }

    /// Validates targets.
    ///
    /// - Throws: as above.
    func check(_ targets: [Target]) throws {
        for target in targets {
            let probabilities: [Double]
            var temperature = 1.0
            switch target.kind {
            case .token(let token, let smoothing):
                guard token >= 0 && token < configuration.vocabularySize else {
                    throw LanguageModelError(
                        "target token \(token) is not in the model's vocabulary of \(configuration.vocabularySize)"
                    )
                }
                probabilities = [smoothing]
            case .options(let tokens, let values, let divisor),
                .distribution(let tokens, let values, let divisor):
                guard tokens.count == values.count, Set(tokens).count == tokens.count, !tokens.isEmpty,
                    tokens.allSatisfy({ $0 >= 0 && $0 < configuration.vocabularySize })
                else {
                    throw LanguageModelError(
                        "a target's tokens must be distinct tokens of the model, each with a "
                            + "probability, but they are \(tokens)")
                }
                (probabilities, temperature) = (values, divisor)
            case .classes(let values, let divisor):
                guard values.count == adapter?.classCount else {
                    throw LanguageModelError(
                        "a target has \(values.count) classes, but the adapter's head has "
                            + "\(adapter?.classCount ?? 0)")
                }
                (probabilities, temperature) = (values, divisor)
            }
            guard target.weight.isFinite, temperature > 0, temperature.isFinite,
                probabilities.allSatisfy({ $0 >= 0 && $0 <= 1 })
            else {
                throw LanguageModelError(
                    "a target needs a finite weight, a positive temperature and probabilities within "
                        + "0 … 1; these are \(target.weight), \(temperature) and \(probabilities)")
            }
        }
    }
}
