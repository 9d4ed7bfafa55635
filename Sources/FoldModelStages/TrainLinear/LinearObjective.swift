import Glibc
import Parallelism
import Tensors
import TrainingTargets

/// The mean log loss of a linear model with an L2 penalty, and its gradient.
///
/// Weights are measured in units of 1/√curvature, for the curvature of the objective at 0: in these units, rare terms
/// and dense features are equally steep, so few iterations are needed (diagonal preconditioning).
struct LinearObjective: Sendable {
    private let matrix: SparsePairMatrix
    /// The design matrix by columns, so that each element of the gradient is one sum, in row order.
    private let transposed: SparsePairMatrix
    private let targets: [RowTarget]
    /// The total weight of the targets.
    private let total: Double
    /// The penalty α of each column, in loss + Σ α/2n (w² + v²).
    private let penalties: [Double]
    /// The unit of each weight.
    private let units: [Double]
    private let threads: Int

    /// The number of parts that are processed in parallel; results do not depend on it.
    private static let parts = 64

    /// The objective for the rows of a design matrix, with one target each.
    init(_ matrix: SparsePairMatrix, targets: [RowTarget], penalties: [Double], threads: Int) {
        precondition(targets.count == matrix.rowCount && penalties.count == matrix.columnCount)
        self.matrix = matrix
        let transposed = matrix.transposed()
        self.transposed = transposed
        units = Self.units(transposed, penalties)
        self.targets = targets
        total = max(targets.reduce(0) { $0 + $1.weight }, 1e-12)
        self.penalties = penalties
        self.threads = threads
    }

    /// The number of weights: two per column, interleaved.
    var weightCount: Int { 2 * matrix.columnCount }

    /// The weights of a point, a pair per column.
    func weights(_ point: [Double]) -> [SIMD2<Float>] {
        (0..<matrix.columnCount).map { column -> SIMD2<Float> in
            let first = point[2 * column] * units[2 * column]
            let second = point[2 * column + 1] * units[2 * column + 1]
            return SIMD2(Float(first), Float(second))
        }
    }

    /// The objective and its gradient at a point: two weights per column, in their units.
    func evaluate(_ point: [Double]) throws -> (value: Double, gradient: [Double]) {
        let count = total
        let weights = weights(point)
        let rows = try Parallel.map(count: Self.parts, threads: threads) { part in
            residuals(Self.range(part, targets.count), weights)
        }
        let slopes = rows.flatMap { $0.residuals }
        let columns = try Parallel.map(count: Self.parts, threads: threads) { part in
            transposed.products(Self.range(part, matrix.columnCount), slopes)
        }
        var value = 0.0
        for part in rows { value += part.loss }
        value /= count
        var gradient: [Double] = []
        gradient.reserveCapacity(point.count)
        var column = 0
        for part in columns {
            for sum in part {
                let penalty = penalties[column] / count
                let firstUnit = units[2 * column]
                let secondUnit = units[2 * column + 1]
                let first = point[2 * column] * firstUnit
                let second = point[2 * column + 1] * secondUnit
                value += 0.5 * penalty * (first * first + second * second)
                gradient.append((sum.x / count + penalty * first) * firstUnit)
                gradient.append((sum.y / count + penalty * second) * secondUnit)
                column += 1
            }
        }
        return (value, gradient)
    }

    /// 1/√(curvature + penalty) of each weight, per row, at 0: if all labels are equally likely, the curvature of s is
    /// 2/3 and that of t 2/9.
    private static func units(_ transposed: SparsePairMatrix, _ penalties: [Double]) -> [Double] {
        let rows = Double(max(transposed.columnCount, 1))
        var units: [Double] = []
        units.reserveCapacity(2 * transposed.rowCount)
        for column in 0..<transposed.rowCount {
            var squares = SIMD2<Double>.zero
            for position in transposed.starts[column]..<transposed.starts[column + 1] {
                let pair = SIMD2<Double>(transposed.pairs[position])
                squares += pair * pair
            }
            let curvature = squares * SIMD2(2.0 / 3, 2.0 / 9) + SIMD2(repeating: penalties[column])
            for lane in 0..<2 {
                units.append(curvature[lane] > 0 ? (rows / curvature[lane]).squareRoot() : 0)
            }
        }
        return units
    }

    private static func range(_ part: Int, _ count: Int) -> Range<Int> {
        (part * count / parts)..<((part + 1) * count / parts)
    }

    /// The loss of rows, and its derivatives with respect to s and t.
    private func residuals(
        _ rows: Range<Int>, _ point: [SIMD2<Float>]
    ) -> (loss: Double, residuals: [SIMD2<Float>]) {
        var loss = 0.0
        var residuals: [SIMD2<Float>] = []
        residuals.reserveCapacity(rows.count)
        for (row, sums) in zip(rows, matrix.products(rows, point)) {
            // s enters A's score with +1 and B's with −1.
            let slope = targets[row].slope(a: sums.x, b: -sums.x, tie: sums.y)
            loss += slope.loss
            residuals.append(SIMD2(Float(slope.preference.first), Float(slope.tie.first)))
        }
        return (loss, residuals)
    }
}
