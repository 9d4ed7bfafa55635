internal import Glibc

extension ProcessorOperations {
    /// Replaces logits by cap · tanh(logit / cap).
    public func cap(_ logits: Matrix, at cap: Float) {
        let inverse = 1 / cap
        let numbers = logits.base
        team.pieces(of: logits.count, size: 1 << 14) { piece in
            // The piece is within the matrix.
            for index in piece { numbers[index] = cap * Elementary.tangent(numbers[index] * inverse) }
        }
    }

    /// The cross entropy of each row against its target. Replaces the logits with the gradient of Σ weight · loss.
    ///
    /// −Σ qᵢ log softmax(z / T)ᵢ, whose gradient is (softmax(z / T) Σ q − q) / T.
    public func crossEntropy(_ logits: Matrix, _ targets: [SoftTarget], cap: Float?) -> [Double] {
        precondition(targets.count == logits.rowCount, "each row has a target")
        let count = logits.columnCount
        for target in targets {
            precondition(target.classes.allSatisfy { $0 >= 0 && $0 < count }, "the classes exist")
        }
        var losses = [Double](repeating: 0, count: targets.count)
        losses.withUnsafeMutableBufferPointer { losses in
            team.perform(targets.count) { row in
                // The row has `count` numbers, and there is a loss for it.
                losses[row] = Self.crossEntropy(logits.base + row * count, count, targets[row], cap: cap)
            }
        }
        return losses
    }

    private static func crossEntropy(
        _ logits: UnsafeMutablePointer<Float>, _ count: Int, _ target: SoftTarget, cap: Float?
    ) -> Double {
        let inverse = Float(1 / target.temperature)
        let highest = Reductions.maximum(UnsafePointer(logits), count)
        var sum = 0.0
        var total = 0.0
        // Sums of a thousand numbers are in single precision, and sums of these in double precision.
        let piece = Matrix(rows: 1, columns: 1_024)
        let exponentials = piece.base
        var first = 0
        while first < count {
            let numbers = logits + first
            let length = min(piece.count, count - first)
            for index in 0..<length {
                exponentials[index] = Elementary.exponential((numbers[index] - highest) * inverse)
            }
            sum += Double(
                Reductions.sum(
                    length, vector: { exponentials.sixteen($0) }, scalar: { exponentials[$0] }))
            total += Double(
                Reductions.sum(length, vector: { numbers.sixteen($0) }, scalar: { numbers[$0] }))
            first += length
        }
        let logarithm = Glibc.log(sum) + Double(highest * inverse)
        let mass = target.probabilities.reduce(0, +) + target.smoothing
        var loss = mass * logarithm - target.smoothing * total * Double(inverse) / Double(count)
        for (index, probability) in zip(target.classes, target.probabilities) {
            loss -= probability * Double(logits[index] * inverse)
        }
        // The target classes' logits, saved before they are overwritten, for the derivative of the cap.
        let kept = target.classes.map { logits[$0] }
        let factor = Float(target.weight * mass / sum) * inverse
        let even = Float(target.weight * target.smoothing / Double(count)) * inverse
        let inverseCap = cap.map { 1 / $0 } ?? 0
        for index in 0..<count {
            let logit = logits[index]
            let scaled = logit * inverseCap
            let gradient = factor * Elementary.exponential((logit - highest) * inverse) - even
            logits[index] = gradient * (1 - scaled * scaled)
        }
        for (place, index) in target.classes.enumerated() {
            let scaled = kept[place] * inverseCap
            let gradient = Float(target.weight * target.probabilities[place]) * inverse
            logits[index] -= gradient * (1 - scaled * scaled)
        }
        return loss
    }
}
