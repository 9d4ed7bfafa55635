internal import Checkpoints
internal import Tensors

extension DecoderPass {
    /// A layer's output at its requested rows, and what its backward pass needs.
    func forward(_ index: Int, _ x: Matrix) -> (output: Matrix, trace: LayerTrace) {
        let layer = model.layers[index]
        let rows = rows(of: index)
        var reduced: [Matrix?] = []

        // Attention: keys and values at all positions, queries only where the output is needed.
        let normalized = normalized(x, layer.attentionNorm)
        let asking = rows.map { operations.gather(normalized, rows: $0) } ?? normalized
        let shape = attentionShape(of: index)
        let ownQueries = operations.matrix(rows: asking.rowCount, columns: shape.queryWidth, .compact)
        let ownKeysValues = operations.matrix(rows: x.rowCount, columns: 2 * shape.keyWidth, .compact)
        for part in layer.queries { reduced.append(project(asking, part, rows: rows, into: ownQueries)) }
        for part in layer.keysValues {
            reduced.append(project(normalized, part, rows: nil, into: ownKeysValues))
        }
        let (queries, plainQueries) = normalizedHeads(ownQueries, layer.queryNorm, columns: shape.queryWidth)
        let (keysValues, plainKeysValues) = normalizedHeads(
            ownKeysValues, layer.keyNorm, columns: shape.keyWidth)
        let angles = angles(of: index)
        operations.rotate(
            queries, columns: 0..<shape.queryWidth, rows: rows.map { $0.map { places[$0] } } ?? places,
            angles: angles, back: false)
        operations.rotate(
            keysValues, columns: 0..<shape.keyWidth, rows: places, angles: angles, back: false)
        let (attended, logarithms) = operations.attend(
            queries, withPrefix(keysValues, of: index), shape, spans(rows))

        // Adds the attention's output to the residual stream, then the feed-forward layer's.
        let middle = rows.map { operations.gather(x, rows: $0) } ?? operations.copy(x)
        let attentionOutput = addOutput(
            attended, layer.attentionOutput, layer.attentionOutputNorm, rows, to: middle, &reduced)
        let gates = operations.matrix(
            rows: middle.rowCount, columns: 2 * configuration.feedForwardSize, .compact)
        let second = self.normalized(middle, layer.feedForwardNorm)
        for part in layer.gates { reduced.append(project(second, part, rows: rows, into: gates)) }
        let output = operations.copy(middle)
        let down = addOutput(
            operations.gate(gates, activation), layer.down, layer.feedForwardOutputNorm, rows, to: output,
            &reduced)

        let trace = LayerTrace(
            input: x, rows: rows, plainQueries: plainQueries, plainKeysValues: plainKeysValues,
            queries: queries, keysValues: keysValues, attended: attended, logarithms: logarithms,
            attentionOutput: attentionOutput, middle: middle, gates: gates,
            down: down,
            reduced: reduced)
        return (output, trace)
    }

    /// Adds a projection's outputs to the residual stream, through a norm if there is one; in that case, returns the
    /// norm's input.
    private func addOutput(
        _ x: Matrix, _ part: ModulePart, _ norm: DecoderLayer.Norm?, _ rows: [Int]?, to stream: Matrix,
        _ reduced: inout [Matrix?]
    ) -> Matrix? {
        guard let norm else {
            reduced.append(project(x, part, rows: rows, adding: true, into: stream))
            return nil
        }
        let output = operations.matrix(rows: stream.rowCount, columns: stream.columnCount, .compact)
        reduced.append(project(x, part, rows: rows, into: output))
        operations.normalize(
            output, gain: norm.gain, epsilon: Float(configuration.normEpsilon), adding: true, into: stream)
        return output
    }
}
