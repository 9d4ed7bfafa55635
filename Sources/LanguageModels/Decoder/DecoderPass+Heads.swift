internal import Checkpoints
internal import Tensors

/// The norms of queries and keys, head by head, of families that have them.
extension DecoderPass {
    /// Queries, or keys beside values, after their norm if there is one; what came before it is then left for the backward pass.
    func normalizedHeads(_ x: Matrix, _ norm: DecoderLayer.Norm?, columns: Int) -> (
        output: Matrix, input: Matrix?
    ) {
        guard let norm else { return (x, nil) }
        let output = operations.normalizeHeads(
            x, columns: 0..<columns, gain: norm.gain, epsilon: Float(configuration.normEpsilon))
        return (output, x)
    }

    /// Makes of the gradient of a norm's output that of its input, in place.
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
