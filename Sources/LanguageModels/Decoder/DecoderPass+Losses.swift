internal import Checkpoints
internal import Tensors

extension DecoderPass {
    /// The number of logits computed at a time.
    private static let logitCount = 1 << 24

    /// The losses of targets, and the gradient of the normalized hidden states at the requested positions.
    ///
    /// - Parameters:
    /// - hidden: the normalized hidden states of `wanted` (R, hidden).
    /// - gradients: where gradients are added; nil if only losses are needed.
    /// - Returns: each target's loss, and the gradient (R, hidden).
    func losses(
        _ targets: [Target], _ hidden: Matrix, _ gradients: inout GradientMatrices?
    ) throws -> (losses: [Double], dHidden: Matrix?) {
        let dHidden =
            gradients == nil ? nil : operations.zeros(rows: hidden.rowCount, columns: hidden.columnCount)
        var losses = [Double](repeating: 0, count: targets.count)
        for group in TargetGroup.groups(of: targets) {
            let head: WeightMatrix
            var entry: Int?
            switch group.head {
            case .vocabulary: (head, entry) = (model.head, model.headEntry)
            case .tokens(let tokens):
                // A head with a few rows.
                head = WeightMatrix(operations.embed(tokens, model.head, scale: 1))
                entry = model.headEntry
            case .classes:
                guard let classHead = model.classHead else {
                    throw LanguageModelError(
                        "a target is a class, but the adapter has no classification head")
                }
                (head, entry) = (classHead, model.classHeadEntry)
            }
            let size = max(1, Self.logitCount / max(head.rowCount, 1))
            var first = 0
            while first < group.targets.count {
                let chunk = first..<min(first + size, group.targets.count)
                let rows = group.targets[chunk].map { row(of: targets[$0].position) }
                let states = operations.gather(hidden, rows: rows)
                let logits = logits(states, head, isCapped: group.head != .classes)
                let values = try operations.crossEntropy(
                    logits, Array(group.softTargets[chunk]), cap: cap(isCapped: group.head != .classes))
                for (target, value) in zip(group.targets[chunk], values) { losses[target] = value }
                if let dHidden {
                    let dStates = operations.matrix(
                        rows: states.rowCount, columns: states.columnCount, .full)
                    let dLogits = operations.operand(logits)
                    operations.multiplyBackward(
                        dLogits, column: 0, by: head, outputs: 0..<head.rowCount, scale: 1, adding: false,
                        into: dStates)
                    operations.scatter(dStates, rows: rows, addingTo: dHidden)
                    if let entry, let gradient = gradients?[entry] {
                        addHeadGradient(dLogits, group.head, states, to: gradient)
                    }
                }
                first = chunk.upperBound
            }
        }
        return (losses, dHidden)
    }

    /// The logits of a head, with the cap applied if there is one.
    func logits(_ states: Matrix, _ head: WeightMatrix, isCapped: Bool) -> Matrix {
        let logits = operations.matrix(rows: states.rowCount, columns: head.rowCount, .full)
        operations.multiply(
            states, by: head, outputs: 0..<head.rowCount, scale: 1, adding: false, into: logits, column: 0)
        if let cap = cap(isCapped: isCapped) { operations.cap(logits, at: cap) }
        return logits
    }

    private func cap(isCapped: Bool) -> Float? {
        isCapped ? configuration.logitCap.map { Float($0) } : nil
    }

    private func addHeadGradient(
        _ dLogits: Matrix, _ head: TargetGroup.Head, _ states: Matrix, to gradient: Matrix
    ) {
        let outputs = 0..<dLogits.columnCount
        guard case .tokens(let tokens) = head else {
            return operations.addWeightGradient(
                dLogits, column: 0, outputs: outputs, states, scale: 1, to: gradient)
        }
        let part = operations.zeros(rows: tokens.count, columns: states.columnCount)
        operations.addWeightGradient(dLogits, column: 0, outputs: outputs, states, scale: 1, to: part)
        operations.scatter(part, rows: tokens, addingTo: gradient)
    }

    /// The row of a requested position.
    func row(of position: Int) -> Int {
        var low = 0
        var high = wanted.count
        while low < high {
            let middle = (low + high) / 2
            if wanted[middle] < position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
