import Glibc

/// The mean log loss of a linear model on rows, with an L2 penalty, and its gradient.
struct LinearObjective: Sendable {
    let design: LinearDesign
    let labels: [ComparisonLabel]
    let model: LinearModel
    /// The penalty on term weights, per row: α in loss + α/2n ‖w‖².
    let termPenalty: Double
    /// The same on the weights of numbers.
    let densePenalty: Double
    let threads: Int

    /// So many parts are summed on their own and then added in order, whatever the number of threads.
    private static let parts = 8

    /// The objective and its gradient at `weights`.
    func evaluate(_ weights: [Double]) throws -> (value: Double, gradient: [Double]) {
        let count = labels.count
        let size = (count + Self.parts - 1) / Self.parts
        let sums = try Parallel.map(count: Self.parts, threads: threads) { part in
            sum(of: min(count, part * size)..<min(count, (part + 1) * size), weights)
        }
        var value = 0.0
        var gradient = [Double](repeating: 0, count: weights.count)
        for part in sums {
            value += part.value
            for index in gradient.indices { gradient[index] += part.gradient[index] }
        }
        let scale = 1 / Double(count)
        value *= scale
        for index in gradient.indices {
            // The bias is free.
            let penalty =
                index < model.oddOffset ? termPenalty : index == model.biasOffset ? 0 : densePenalty
            value += 0.5 * penalty * scale * weights[index] * weights[index]
            gradient[index] = gradient[index] * scale + penalty * scale * weights[index]
        }
        return (value, gradient)
    }

    private func sum(of rows: Range<Int>, _ weights: [Double]) -> (value: Double, gradient: [Double]) {
        var value = 0.0
        var gradient = [Double](repeating: 0, count: weights.count)
        for row in rows {
            let scores = model.scores(row, design, weights)
            let probabilities = Probabilities(scores: scores)
            let label = labels[row]
            value += Self.loss(scores, label)
            // d/ds of −ln p: s enters A's score with +1 and B's with −1.
            let preference =
                (probabilities.a - (label == .a ? 1 : 0)) - (probabilities.b - (label == .b ? 1 : 0))
            let tie = probabilities.tie - (label == .tie ? 1 : 0)
            design.responseA.add(row, first: preference, second: tie, to: &gradient, offset: 0)
            design.responseB.add(row, first: -preference, second: tie, to: &gradient, offset: 0)
            design.prompt.add(row, tie, to: &gradient, offset: model.promptOffset)
            for index in 0..<Layout.oddCount {
                gradient[model.oddOffset + index] += preference * design.odd[row * Layout.oddCount + index]
            }
            for index in 0..<Layout.evenCount {
                gradient[model.evenOffset + index] += tie * design.even[row * Layout.evenCount + index]
            }
            gradient[model.biasOffset] += tie
        }
        return (value, gradient)
    }

    /// −ln p of a label, without the detour over p.
    private static func loss(_ scores: (preference: Double, tie: Double), _ label: ComparisonLabel) -> Double
    {
        let greatest = max(abs(scores.preference), scores.tie)
        let sum =
            (exp(scores.preference - greatest) + exp(-scores.preference - greatest))
            + exp(scores.tie - greatest)
        let score =
            switch label {
            case .a: scores.preference
            case .b: -scores.preference
            case .tie: scores.tie
            }
        return log(sum) + greatest - score
    }
}
