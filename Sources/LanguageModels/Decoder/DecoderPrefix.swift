internal import Tensors

/// A model's keys and values for tokens that several sequences begin with, computed once for all of them.
public struct DecoderPrefix: Sendable {
    /// The tokens.
    public let tokens: [Int]
    /// Rotated keys, then values, per layer (tokens, 2 · key heads · headSize).
    let keysValues: [Matrix]
}

extension Decoder {
    /// Computes the prefix for tokens that sequences of later calls begin with.
    ///
    /// - Parameters:
    /// - tokens: at least one.
    /// - parameters: the adapter's parameters, which must be those of the later calls.
    /// - Throws: `LanguageModelError` if a token does not exist, or there are too many tokens or none.
    public func prefix(_ tokens: [Int], parameters: ParameterVector? = nil) throws -> DecoderPrefix {
        try prefix(tokens, parameters: placed(parameters))
    }

    /// The same, with parameters in the backend's memory.
    public func prefix(_ tokens: [Int], parameters: PlacedParameters?) throws -> DecoderPrefix {
        guard !tokens.isEmpty else { throw LanguageModelError("the prefix has no tokens") }
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
