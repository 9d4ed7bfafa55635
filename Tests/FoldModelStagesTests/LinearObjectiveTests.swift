import Tensors
import Testing

@testable import Comparisons
@testable import FoldModelStages
@testable import Randomness
@testable import TrainingTargets

struct LinearObjectiveTests {
    private static let labels: [ComparisonLabel] = (0..<60).map { [.a, .b, .tie, .a][$0 % 4] }

    private func objective(threads: Int) -> LinearObjective {
        var random = SeededGenerator(seed: 11)
        var matrix = SparsePairMatrix(columnCount: 20)
        for _ in Self.labels {
            for column in 0..<20 where random.chance(0.4) {
                let pair = SIMD2(Float(random.uniform() - 0.5), Float(random.uniform()))
                matrix.append(pair, column: column)
            }
            matrix.endRow()
        }
        return LinearObjective(
            matrix, targets: Self.labels.map { RowTarget(label: $0) },
            penalties: (0..<20).map { $0 == 19 ? 0 : 2 }, threads: threads)
    }

    @Test func gradientIsThatOfDifferences() throws {
        let objective = objective(threads: 1)
        var random = SeededGenerator(seed: 4)
        let point = (0..<objective.weightCount).map { _ in Double(random.integer(below: 65) - 32) / 64 }
        let gradient = try objective.evaluate(point).gradient
        for index in point.indices {
            func value(_ steps: Double) throws -> Double {
                var moved = point
                moved[index] += steps / 64
                return try objective.evaluate(moved).value
            }
            // Fourth-order central difference.
            let slope =
                (8 * (try value(1) - value(-1)) - (try value(2) - value(-2))) / 12 * 64
            #expect(abs(slope - gradient[index]) < 2e-5)
        }
    }

    @Test func theValueAtZeroIsThatOfTheUniformPrediction() throws {
        let objective = objective(threads: 1)
        let value = try objective.evaluate(Array(repeating: 0, count: objective.weightCount)).value
        #expect(abs(value - 1.098612288668110) < 1e-12)
    }

    @Test func threadsDoNotMatter() throws {
        let point = (0..<40).map { Double($0) / 100 }
        let one = try objective(threads: 1).evaluate(point)
        let two = try objective(threads: 3).evaluate(point)
        #expect(one.value == two.value)
        #expect(one.gradient == two.gradient)
    }
}
