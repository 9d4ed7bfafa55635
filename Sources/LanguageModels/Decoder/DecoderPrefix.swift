internal import Tensors

/// What a model has made of the tokens that several sequences begin with, so that it need not do so for each of them.
public struct DecoderPrefix: Sendable {
    /// The tokens.
    public let tokens: [Int]
    /// Keys turned by their angles, then values, per layer (tokens, 2 · key heads · headSize).
    let keysValues: [Matrix]
}

extension Decoder {
    /// What the model makes of tokens that sequences of later calls begin with.
    ///
    /// - Parameters:
    ///   - tokens: one at least.
    ///   - parameters: the adapters' numbers, which must be those of the later calls.
    /// - Throws: `LanguageModelError` where a token does not exist, or there are too many or none.
    public func prefix(_ tokens: [Int], parameters: ParameterVector? = nil) throws -> DecoderPrefix {
        guard !tokens.isEmpty else { throw LanguageModelError("a prefix without tokens") }
        let batch = SequenceBatch([tokens])
        try check(batch, positions: [])
        let pass = try pass(batch, at: batch.lastPositions, parameters)
        var x = pass.embedded()
        var keysValues: [Matrix] = []
        for index in pass.model.layers.indices {
            let (output, trace) = pass.forward(index, x)
            keysValues.append(trace.keysValues)
            x = output
        }
        return DecoderPrefix(tokens: tokens, keysValues: keysValues)
    }
}
