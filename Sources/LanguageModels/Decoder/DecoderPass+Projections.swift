internal import Tensors

extension DecoderPass {
    /// Computes a linear layer's outputs, including bias and adapter, into their columns of y.
    ///
    /// - Parameters:
    /// - x: its input.
    /// - rows: the position of each row, if not all positions are included.
    /// - adding: whether to add to y.
    /// - Returns: A · x of the adapter.
    func project(_ x: Matrix, _ part: ModulePart, rows: [Int]?, adding: Bool = false, into y: Matrix)
        -> Matrix?
    {
        let module = part.module
        operations.multiply(
            x, by: module.weight, outputs: part.outputs, scale: 1, adding: adding, into: y,
            column: part.column)
        if let bias = module.bias {
            operations.addBias(bias, outputs: part.outputs, to: y, column: part.column)
        }
        guard let lowRank = module.lowRank else { return nil }
        let reduced = operations.matrix(rows: x.rowCount, columns: lowRank.a.rowCount, .compact)
        operations.multiply(
            dropped(x, lowRank, rows), by: lowRank.a, outputs: 0..<lowRank.a.rowCount, scale: 1,
            adding: false, into: reduced, column: 0)
        operations.multiply(
            reduced, by: lowRank.b, outputs: part.outputs, scale: model.adapterScale, adding: true, into: y,
            column: part.column)
        return reduced
    }

    /// The backward pass of `project`: adds to the gradients of what is trained, and computes that of the input.
    ///
    /// - Parameters:
    /// - dy: the gradient of y.
    /// - input: x, evaluated only if something is trained.
    /// - reduced: the result of `project`.
    /// - dx: receives the gradient of x, if requested.
    /// - adding: whether to add to dx.
    func projectBackward(
        _ dy: Matrix, _ part: ModulePart, rows: [Int]?, input: @autoclosure () -> Matrix, reduced: Matrix?,
        adding: Bool = false, into dx: Matrix?, _ gradients: inout GradientMatrices
    ) {
        let module = part.module
        if let dx {
            operations.multiplyBackward(
                dy, column: part.column, by: module.weight, outputs: part.outputs, scale: 1, adding: adding,
                into: dx)
        }
        if let entry = module.weightEntry {
            operations.addWeightGradient(
                dy, column: part.column, outputs: part.outputs, input(), scale: 1, to: gradients[entry])
        }
        if let entry = module.biasEntry {
            let gradient = operations.zeros(rows: 1, columns: part.outputs.count)
            operations.addBiasGradient(dy, column: part.column, to: gradient)
            operations.scatter(gradient, rows: [0], addingTo: gradients[entry])
        }
        guard let lowRank = module.lowRank, let reduced else { return }
        let scale = model.adapterScale
        operations.addWeightGradient(
            dy, column: part.column, outputs: part.outputs, reduced, scale: scale,
            to: gradients[lowRank.entryB])
        let dReduced = operations.matrix(rows: dy.rowCount, columns: lowRank.a.rowCount, .compact)
        operations.multiplyBackward(
            dy, column: part.column, by: lowRank.b, outputs: part.outputs, scale: scale, adding: false,
            into: dReduced)
        operations.addWeightGradient(
            dReduced, column: 0, outputs: 0..<lowRank.a.rowCount, dropped(input(), lowRank, rows), scale: 1,
            to: gradients[lowRank.entryA])
        guard let dx else { return }
        let all = 0..<lowRank.a.rowCount
        if let dropout = lowRank.dropout {
            let dDropped = operations.matrix(rows: dx.rowCount, columns: dx.columnCount, .compact)
            operations.multiplyBackward(
                dReduced, column: 0, by: lowRank.a, outputs: all, scale: 1, adding: false, into: dDropped)
            operations.dropBackward(dDropped, positions: rows ?? positions, dropout, addingTo: dx)
        } else {
            operations.multiplyBackward(
                dReduced, column: 0, by: lowRank.a, outputs: all, scale: 1, adding: true, into: dx)
        }
    }

    private func dropped(_ x: Matrix, _ lowRank: DecoderModule.LowRank, _ rows: [Int]?) -> Matrix {
        guard let dropout = lowRank.dropout else { return x }
        return operations.drop(x, positions: rows ?? positions, dropout)
    }
}
