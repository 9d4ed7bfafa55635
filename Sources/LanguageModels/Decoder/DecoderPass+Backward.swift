internal import Checkpoints
internal import Tensors

extension DecoderPass {
    /// The gradient of a layer's input.
    ///
    /// - Parameters:
    /// - trace: what the forward pass kept; its gates are overwritten.
    /// - dOutput: the gradient of the layer's output at its requested rows, which is overwritten.
    /// - isInputWanted: whether any layer below has trained parameters.
    /// - Returns: the gradient of the input, if requested.
    func backward(
        _ index: Int, _ trace: LayerTrace, _ dOutput: Matrix, isInputWanted: Bool,
        _ gradients: inout GradientMatrices
    ) -> Matrix? {
        let layer = model.layers[index]
        let hasParts = layer.queries.count + layer.keysValues.count
        let reduced = trace.reduced
        let rows = trace.rows

        // The gradient of the residual stream: through the feed-forward layer, and past it.
        let dDown = outputBackward(trace.down, layer.feedForwardOutputNorm, dOutput, &gradients)
        let dGated = operations.matrix(
            rows: dOutput.rowCount, columns: configuration.feedForwardSize, .compact)
        projectBackward(
            dDown, layer.down, rows: rows, input: operations.gate(trace.gates, activation),
            reduced: reduced[reduced.count - 1], into: dGated, &gradients)
        operations.gateBackward(trace.gates, activation, dGated)
        let dSecond = operations.matrix(rows: dOutput.rowCount, columns: dOutput.columnCount, .compact)
        let isSecondNeeded = layer.gates.contains { $0.module.isTrained }
        let second = isSecondNeeded ? normalized(trace.middle, layer.feedForwardNorm) : trace.middle
        for (number, part) in layer.gates.enumerated() {
            projectBackward(
                trace.gates, part, rows: rows, input: second, reduced: reduced[hasParts + 1 + number],
                adding: number > 0, into: dSecond, &gradients)
        }
        normBackward(trace.middle, layer.feedForwardNorm, dSecond, adding: true, into: dOutput, &gradients)

        // Now this is the gradient of the residual stream between the two.
        let dAttention = outputBackward(
            trace.attentionOutput, layer.attentionOutputNorm, dOutput, &gradients)
        let goesOn = isInputWanted || layer.trainsAttentionInputs
        let shape = attentionShape(of: index)
        let dAttended =
            goesOn ? operations.matrix(rows: dOutput.rowCount, columns: shape.queryWidth, .compact) : nil
        projectBackward(
            dAttention, layer.attentionOutput, rows: rows, input: trace.attended,
            reduced: reduced[hasParts], into: dAttended, &gradients)
        guard let dAttended else { return nil }
        return attentionBackward(
            index, trace, dAttended, dOutput, isInputWanted: isInputWanted, &gradients)
    }

    /// The gradient of a layer's input, from those of the attention's output and of the residual stream after it.
    private func attentionBackward(
        _ index: Int, _ trace: LayerTrace, _ dAttended: Matrix, _ dMiddle: Matrix, isInputWanted: Bool,
        _ gradients: inout GradientMatrices
    ) -> Matrix? {
        let layer = model.layers[index]
        let shape = attentionShape(of: index)
        let rows = trace.rows
        let input = trace.input
        let dQueries = operations.matrix(rows: dAttended.rowCount, columns: shape.queryWidth, .compact)
        let dKeysValues = operations.matrix(rows: input.rowCount, columns: 2 * shape.keyWidth, .compact)
        operations.attendBackward(
            trace.queries, trace.keysValues, shape, spans(rows), output: trace.attended,
            logarithms: trace.logarithms, dAttended, dQueries: dQueries, dKeysValues: dKeysValues)
        let angles = angles(of: index)
        operations.rotate(
            dQueries, columns: 0..<shape.queryWidth, rows: rows.map { $0.map { places[$0] } } ?? places,
            angles: angles, back: true)
        operations.rotate(
            dKeysValues, columns: 0..<shape.keyWidth, rows: places, angles: angles, back: true)
        headNormBackward(
            trace.plainQueries, layer.queryNorm, columns: shape.queryWidth, dQueries, &gradients)
        headNormBackward(
            trace.plainKeysValues, layer.keyNorm, columns: shape.keyWidth, dKeysValues, &gradients)

        let isNormTrained = layer.attentionNorm.entry != nil
        let dNormalized =
            isInputWanted || isNormTrained
            ? operations.matrix(rows: input.rowCount, columns: input.columnCount, .compact) : nil
        let normalized = layer.trainsAttentionInputs ? normalized(input, layer.attentionNorm) : input
        for (number, part) in layer.keysValues.enumerated() {
            projectBackward(
                dKeysValues, part, rows: nil, input: normalized,
                reduced: trace.reduced[layer.queries.count + number], adding: number > 0, into: dNormalized,
                &gradients)
        }
        // If there were fewer queries, the gradient of their input has fewer rows.
        let asking = rows.map { operations.gather(normalized, rows: $0) } ?? normalized
        let dAsking = rows.flatMap { rows in
            dNormalized.map { operations.matrix(rows: rows.count, columns: $0.columnCount, .compact) }
        }
        for (number, part) in layer.queries.enumerated() {
            projectBackward(
                dQueries, part, rows: rows, input: asking, reduced: trace.reduced[number],
                adding: dAsking == nil || number > 0, into: dAsking ?? dNormalized, &gradients)
        }
        guard let dNormalized else { return nil }
        var dInput = dMiddle
        if let rows, let dAsking {
            operations.scatter(dAsking, rows: rows, addingTo: dNormalized)
            dInput = operations.zeros(rows: input.rowCount, columns: input.columnCount)
            operations.scatter(dMiddle, rows: rows, addingTo: dInput)
        }
        normBackward(input, layer.attentionNorm, dNormalized, adding: true, into: dInput, &gradients)
        return dInput
    }

    /// The gradient of what was added to the residual stream, before its norm if it has one.
    private func outputBackward(
        _ output: Matrix?, _ norm: DecoderLayer.Norm?, _ dStream: Matrix, _ gradients: inout GradientMatrices
    ) -> Matrix {
        guard let output, let norm else { return operations.operand(dStream) }
        let dOutput = operations.matrix(rows: output.rowCount, columns: output.columnCount, .compact)
        normBackward(output, norm, dStream, adding: false, into: dOutput, &gradients)
        return dOutput
    }

    /// The gradient of a norm's input, and of its gain if it is trained.
    func normBackward(
        _ x: Matrix, _ norm: DecoderLayer.Norm, _ dy: Matrix, adding: Bool, into dx: Matrix,
        _ gradients: inout GradientMatrices
    ) {
        operations.normalizeBackward(
            x, gain: norm.gain, epsilon: Float(configuration.normEpsilon), dy, adding: adding, into: dx,
            gainGradient: norm.entry.map { gradients[$0] })
    }
}
