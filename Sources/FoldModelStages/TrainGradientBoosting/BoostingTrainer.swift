import BoostedModels
import GradientBoosting
import Randomness
import StageKit
import TrainingTargets

/// Grows trees round by round, until the loss on the early-stopping rows stops improving.
struct BoostingTrainer {
    /// Rows and their targets.
    struct Part {
        let matrix: BoostingMatrix
        let targets: [RowTarget]
    }

    let isSymmetric: Bool
    let options: BoostingOptions
    /// The maximum number of rounds.
    let rounds: Int
    /// The number of rounds without improvement after which training stops.
    let patience: Int
    /// The share of the rows that each round's trees are grown on.
    let rowShare: Double
    let offsets: [Double]
    let threads: Int

    /// The result.
    struct Outcome {
        let booster: Booster
        /// The best number of rounds.
        let best: Int
        /// The mean loss of the training rows and of the early-stopping rows, before each round.
        let losses: [(training: Double, watched: Double?)]
    }

    /// Trains the booster.
    ///
    /// - Parameters:
    ///   - training: the rows to learn from.
    ///   - watched: the early-stopping rows, whose loss determines how many rounds are kept; without any, all rounds
    ///     are.
    func train(
        _ training: Part, watching watched: Part?, progress: (Int) -> Void
    ) throws -> Outcome {
        let booster = try Booster(
            options, matrices: [training.matrix] + (watched.map { [$0.matrix] } ?? []), threads: threads)
        var losses: [(training: Double, watched: Double?)] = []
        var best = (round: 0, loss: Double.infinity)
        for round in 0...rounds {
            let slopes = try slopes(booster, training)
            let seen = try watched.map { Self.mean(try self.slopes(booster, $0), $0) }
            losses.append((Self.mean(slopes, training), seen))
            if let seen {
                if seen < best.loss - 1e-7 { best = (round, seen) }
                if round - best.round >= patience { break }
            }
            if round == rounds { break }
            try grow(booster, training, slopes, round: round)
            progress(round + 1)
        }
        let kept = watched == nil ? booster.rounds : best.round
        return Outcome(
            booster: kept > 0 && kept < booster.rounds ? try booster.prefix(kept) : booster, best: kept,
            losses: losses)
    }

    private func slopes(_ booster: Booster, _ part: Part) throws -> [RowTarget.Slope] {
        let margins = try booster.margins(part.matrix)
        return part.targets.indices.map { row in
            let scores = BoostingModel.scores(
                margins, row: row, count: part.targets.count, isSymmetric: isSymmetric, offsets: offsets)
            return part.targets[row].slope(a: scores.a, b: scores.b, tie: scores.tie)
        }
    }

    private static func mean(_ slopes: [RowTarget.Slope], _ part: Part) -> Double {
        slopes.reduce(0) { $0 + $1.loss } / max(part.targets.reduce(0) { $0 + $1.weight }, 1e-12)
    }

    /// One round: the gradients of the rows that take part, with outputs side by side.
    private func grow(
        _ booster: Booster, _ part: Part, _ slopes: [RowTarget.Slope], round: Int
    ) throws {
        let outputs = booster.outputs
        let count = slopes.count
        var gradients = [Float](repeating: 0, count: part.matrix.rowCount * outputs)
        var hessians = gradients
        var random = SeededGenerator(seed: options.seed, stream: round)
        for (row, slope) in slopes.enumerated() {
            // Either both orientations of a row take part, or neither does.
            guard rowShare >= 1 || random.chance(rowShare) else { continue }
            func set(_ place: Int, _ first: Double, _ second: Double) {
                gradients[place] = Booster.exact(first)
                // A Hessian of 0 would exclude the row.
                hessians[place] = max(Booster.exact(second), 1 / 1_048_576)
            }
            if isSymmetric {
                let mirror = row + count
                set(2 * row, slope.preference.first, slope.preference.second)
                set(2 * mirror, -slope.preference.first, slope.preference.second)
                set(2 * row + 1, slope.tie.first, slope.tie.second)
                set(2 * mirror + 1, slope.tie.first, slope.tie.second)
            } else {
                for output in 0..<3 {
                    set(3 * row + output, slope.scores.first[output], 2 * slope.scores.second[output])
                }
            }
        }
        try booster.grow(part.matrix, gradients: gradients, hessians: hessians)
    }
}

@available(*, unavailable) extension BoostingTrainer: Sendable {}
