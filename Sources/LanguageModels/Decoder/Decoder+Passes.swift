internal import Checkpoints
public import Tensors

extension Decoder {
    /// The loss of a batch's targets, and its gradient with respect to the parameters.
    ///
    /// - Parameters:
    /// - batch: the sequences.
    /// - targets: what is to be predicted, and where.
    /// - parameters: the trainable parameters, a vector of `layout`.
    /// - gradients: a vector of `layout`, to which the gradient of the weighted sum of losses is added.
    /// - dropout: determines which adapter inputs are dropped; nil drops none.
    /// - Throws: `LanguageModelError` if a token, a position or a class does not exist, or a sequence is too long.
    public func lossAndGradients(
        _ batch: SequenceBatch, targets: [Target], parameters: ParameterVector,
        addingTo gradients: inout ParameterVector, dropout: DropoutStep? = nil
    ) throws -> LossReport {
        guard gradients.layout == layout && gradients.numbers.count == layout.count else {
            throw LanguageModelError("the gradients do not have this model's layout")
        }
        var matrices = GradientMatrices(layout, try backend())
        let report = try lossAndGradients(
            batch, targets: targets, parameters: placed(parameters), addingTo: &matrices, dropout: dropout)
        try matrices.add(to: &gradients)
        return report
    }

    /// The same, with parameters and gradients in the backend's memory.
    func lossAndGradients(
        _ batch: SequenceBatch, targets: [Target], parameters: PlacedParameters,
        addingTo gradients: inout GradientMatrices, dropout: DropoutStep? = nil
    ) throws -> LossReport {
        let pass = try pass(batch, targets: targets, parameters, dropout: dropout)
        guard !targets.isEmpty else { return LossReport(loss: 0, targetLosses: []) }
        let model = pass.model
        var matrices: GradientMatrices? = gradients

        // Forward: for the lower layers, only the input is kept unless there is room for all traces.
        let firstKept = max(0, model.layers.count - keptLayers(pass))
        var inputs: [Matrix] = []
        var traces: [LayerTrace] = []
        var x = pass.embedded()
        for index in model.layers.indices {
            let (output, trace) = pass.forward(index, x)
            if index < firstKept { inputs.append(x) } else { traces.append(trace) }
            x = output
        }
        let states = model.layers.isEmpty ? pass.operations.gather(x, rows: pass.wanted) : x
        let hidden = pass.normalized(states, model.finalNorm)
        let (losses, dHidden) = try pass.losses(targets, hidden, &matrices)
        guard var matrices, let dHidden else { preconditionFailure("gradients were requested") }

        // Backward: down to the first layer with trained parameters.
        var dx: Matrix? = pass.operations.matrix(
            rows: states.rowCount, columns: states.columnCount, .full)
        if let dx { pass.normBackward(states, model.finalNorm, dHidden, adding: false, into: dx, &matrices) }
        for index in model.layers.indices.reversed() where layout.count > 0 {
            guard let dOutput = dx else { break }
            let trace = traces.popLast() ?? pass.forward(index, inputs[index]).trace
            dx = pass.backward(
                index, trace, dOutput, isInputWanted: index > 0 || model.embeddingEntry != nil, &matrices)
        }
        if let entry = model.embeddingEntry, let dx {
            pass.operations.addEmbeddingGradient(
                dx, batch.tokens, scale: model.embeddingScale, to: matrices[entry])
        }
        gradients = matrices
        return report(targets, losses)
    }

    /// The loss of a batch's targets, without dropout.
    ///
    /// - Throws: like `lossAndGradients`.
    public func loss(_ batch: SequenceBatch, targets: [Target], parameters: ParameterVector? = nil) throws
        -> LossReport
    {
        try loss(batch, targets: targets, parameters: placed(parameters))
    }

    /// The same, with parameters in the backend's memory.
    func loss(_ batch: SequenceBatch, targets: [Target], parameters: PlacedParameters?) throws -> LossReport {
        let pass = try pass(batch, targets: targets, parameters, dropout: nil)
        guard !targets.isEmpty else { return LossReport(loss: 0, targetLosses: []) }
        var matrices: GradientMatrices?
        return report(targets, try pass.losses(targets, hidden(pass), &matrices).losses)
    }

    /// The logits of the next token at some positions, after the final soft cap.
    ///
    /// - Parameters:
    /// - batch: the sequences.
    /// - positions: positions in the batch; `batch.lastPositions` for the continuation of each sequence.
    /// - tokens: the tokens whose logits are requested; nil for the whole vocabulary.
    /// - parameters: the adapter's parameters; nil for the model without it.
    /// - prefix: tokens before each sequence; it must have been computed with the same parameters.
    /// - Returns: a row per position, a column per token.
    /// - Throws: like `lossAndGradients`.
    public func logits(
        _ batch: SequenceBatch, at positions: [Int], tokens: [Int]? = nil,
        parameters: ParameterVector? = nil, after prefix: DecoderPrefix? = nil
    ) throws -> Matrix {
        try logits(batch, at: positions, tokens: tokens, parameters: placed(parameters), after: prefix)
    }

    /// The same, with parameters in the backend's memory.
    public func logits(
        _ batch: SequenceBatch, at positions: [Int], tokens: [Int]? = nil, parameters: PlacedParameters?,
        after prefix: DecoderPrefix? = nil
    ) throws -> Matrix {
        try check(batch, positions: positions, tokens: tokens ?? [], after: prefix)
        let pass = try pass(batch, at: positions, parameters, after: prefix)
        let states = pass.operations.gather(hidden(pass), rows: positions.map(pass.row))
        let head =
            tokens.map { WeightMatrix(pass.operations.embed($0, pass.model.head, scale: 1)) }
            ?? pass.model.head
        return try pass.operations.fetch(pass.logits(states, head, isCapped: true))
    }

    /// The logits of the adapter's classification head, at the last position of each sequence.
    ///
    /// - Parameters:
    /// - batch: the sequences.
    /// - parameters: the adapter's parameters.
    /// - prefix: tokens before each sequence; it must have been computed with the same parameters.
    /// - Returns: a row per sequence, a column per class.
    /// - Throws: like `lossAndGradients`, and if the adapter has no such head.
    public func classLogits(
        _ batch: SequenceBatch, parameters: ParameterVector, after prefix: DecoderPrefix? = nil
    ) throws -> Matrix {
        try classLogits(batch, parameters: placed(parameters), after: prefix)
    }

    /// The same, with parameters in the backend's memory.
    public func classLogits(
        _ batch: SequenceBatch, parameters: PlacedParameters, after prefix: DecoderPrefix? = nil
    ) throws -> Matrix {
        try check(batch, positions: [], after: prefix)
        let pass = try pass(batch, at: batch.lastPositions, parameters, after: prefix)
        guard let head = pass.model.classHead else {
            throw LanguageModelError("the adapter has no classification head")
        }
        return try pass.operations.fetch(pass.logits(hidden(pass), head, isCapped: false))
    }

    /// The hidden states at some positions, after the last layer and the final norm, as the model's head reads them.
    ///
    /// - Parameters:
    /// - batch: the sequences.
    /// - positions: positions in the batch; `batch.lastPositions` for the end of each sequence.
    /// - parameters: the adapter's parameters; nil for the model without it.
    /// - prefix: tokens before each sequence; it must have been computed with the same parameters.
    /// - Returns: a row per position, a column per number of the hidden state.
    /// - Throws: like `lossAndGradients`.
    public func states(
        _ batch: SequenceBatch, at positions: [Int], parameters: PlacedParameters?,
        after prefix: DecoderPrefix? = nil
    ) throws -> Matrix {
        try check(batch, positions: positions, after: prefix)
        let pass = try pass(batch, at: positions, parameters, after: prefix)
        return try pass.operations.fetch(
            pass.operations.gather(hidden(pass), rows: positions.map(pass.row)))
    }

    private func pass(
        _ batch: SequenceBatch, targets: [Target], _ parameters: PlacedParameters?, dropout: DropoutStep?
    ) throws -> DecoderPass {
        try check(batch, positions: targets.map(\.position))
        try check(targets)
        return try pass(batch, at: targets.map(\.position), parameters, dropout: dropout)
    }

    func pass(
        _ batch: SequenceBatch, at positions: [Int], _ parameters: PlacedParameters?,
        dropout: DropoutStep? = nil, after prefix: DecoderPrefix? = nil
    ) throws -> DecoderPass {
        let operations = try backend()
        return DecoderPass(
            try DecoderModel(self, operations, parameters, dropout: dropout), operations, batch,
            wanted: Set(positions).sorted(), after: prefix)
    }

    /// The normalized hidden states at the requested positions.
    private func hidden(_ pass: DecoderPass) -> Matrix {
        var x = pass.embedded()
        for index in pass.model.layers.indices { x = pass.forward(index, x).output }
        let rows = pass.model.layers.isEmpty || pass.rows(of: pass.model.layers.count - 1) == nil
        let states = rows ? pass.operations.gather(x, rows: pass.wanted) : x
        return pass.normalized(states, pass.model.finalNorm)
    }

    /// The number of layers, counted from the last, whose traces fit into `activationBytes`.
    private func keptLayers(_ pass: DecoderPass) -> Int {
        let shape = pass.attentionShape(of: 0)
        let full = 2 * configuration.hiddenSize
        let compact =
            2 * configuration.hiddenSize + 2 * shape.queryWidth + 2 * shape.keyWidth
            + 2 * configuration.feedForwardSize
            + (configuration.family.hasHeadNorms ? shape.queryWidth + 2 * shape.keyWidth : 0)
        let size = full * MemoryLayout<Float>.stride + compact * pass.operations.compactSize
        let bytes = size * pass.batch.tokens.count
        let limit = activationBytes ?? pass.operations.activationBytes
        return max(1, limit / max(bytes, 1))
    }

    private func report(_ targets: [Target], _ losses: [Double]) -> LossReport {
        LossReport(loss: zip(targets, losses).reduce(0) { $0 + $1.0.weight * $1.1 }, targetLosses: losses)
    }
}
