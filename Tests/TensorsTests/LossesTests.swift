import Foundation
import Tensors
import Testing

@Suite struct LossesTests {
    /// −Σ qᵢ log softmax(cap(z) / T)ᵢ, weighted and summed over rows.
    private func naive(_ z: NaiveMatrix, _ targets: [SoftTarget], cap: Double?) -> [Double] {
        targets.enumerated().map { row, target in
            let logits = (0..<z.columnCount).map { column in
                (cap.map { $0 * Foundation.tanh(z[row, column] / $0) } ?? z[row, column]) / target.temperature
            }
            let logarithm = Foundation.log(logits.reduce(0) { $0 + Foundation.exp($1) })
            var loss = 0.0
            for (index, probability) in zip(target.classes, target.probabilities) {
                loss -= probability * (logits[index] - logarithm)
            }
            for logit in logits {
                loss -= target.smoothing / Double(logits.count) * (logit - logarithm)
            }
            return loss
        }
    }

    static let targets = [
        SoftTarget(classes: [2], probabilities: [1]),
        SoftTarget(classes: [0], probabilities: [0.9], smoothing: 0.1, weight: 0.5),
        SoftTarget(classes: [4, 1], probabilities: [0.3, 0.7], temperature: 1.7, weight: -2),
        SoftTarget(classes: [4, 1], probabilities: [0.25, 0.25], weight: 3),
    ]

    @Test(arguments: [5, 1_030], [nil, 3.0])
    func lossesAndGradientsMatchTheirDefinition(_ count: Int, _ cap: Double?) throws {
        let z = Matrix.random(4, count, seed: 1, size: 5)
        let exact = NaiveMatrix(z)
        let operations = try ProcessorOperations(threads: 2)
        let logits = z.copy()
        if let cap { operations.cap(logits, at: Float(cap)) }
        let losses = operations.crossEntropy(logits, Self.targets, cap: cap.map { Float($0) })
        for (loss, expected) in zip(losses, naive(exact, Self.targets, cap: cap)) {
            #expect(abs(loss - expected) < 1e-5 * max(1, abs(expected)))
        }
        // Slopes in the first columns and the last.
        for row in 0..<4 {
            for column in [1, 2, 4, count - 1] {
                var (up, down) = (exact, exact)
                up[row, column] += 1e-4
                down[row, column] -= 1e-4
                let slope =
                    (naive(up, Self.targets, cap: cap)[row] - naive(down, Self.targets, cap: cap)[row]) / 2e-4
                    * Self.targets[row].weight
                #expect(abs(Double(logits[row][column]) - slope) < 1e-4, "row \(row), column \(column)")
            }
        }
    }
}
