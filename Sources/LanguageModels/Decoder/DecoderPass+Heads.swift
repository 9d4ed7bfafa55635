internal import Checkpoints
internal import Tensors

/// The norms of queries and keys, head by head, of families that have them.
extension DecoderPass {
    /// Queries, or keys next to values, after their norm if there is one; the norm's input is then kept for the backward pass.
    func normalizedHeads(_ x: Matrix, _ norm: DecoderLayer.Norm?, columns: Int) -> (
        output: Matrix, input: Matrix?
    ) {
        guard let norm else { return (x, nil) }
        let output = operations.normalizeHeads(
            x, columns: 0..<columns, gain: norm.gain, epsilon: Float(configuration.normEpsilon))
        return (output, x)
    }

    /// Replaces the gradient of a norm's output with that of its input.
    func headNormBackward(
        _ input: Matrix?, _ norm: DecoderLayer.Norm?, columns: Int, _ dy: Matrix,
        _ gradients: inout GradientMatrices
    ) {
        guard let input, let norm else { return }
        operations.normalizeHeadsBackward(
            input, columns: 0..<columns, gain: norm.gain, epsilon: Float(configuration.normEpsilon), dy,
            gainGradient: norm.entry.map { gradients[$0] })
    }
}
