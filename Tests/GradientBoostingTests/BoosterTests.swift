import GradientBoosting
import TestSupport
import Testing

/// XGBoost from Swift: what it learns, and that threads and files do not change the result.
struct BoosterTests {
    /// Squared loss on y = 3 [x₀ > 0] + x₁ with a column of noise, for `rounds` rounds.
    private func train(
        rows: Int = 3000, rounds: Int = 40, threads: Int, columnShare: Double = 1
    ) throws -> (booster: Booster, matrix: BoostingMatrix, losses: [Double], truth: [Double]) {
        var state: UInt64 = 7
        func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24) - 0.5
        }
        var values: [Float] = []
        var truth: [Double] = []
        for _ in 0..<rows {
            let row = [next(), next(), next()]
            values += row
            truth.append((row[0] > 0 ? 3 : 0) + Double(row[1]))
        }
        let matrix = try BoostingMatrix(values, columns: 3)
        let options = BoostingOptions(
            outputs: 1, learningRate: 0.2, maximumDepth: 3, columnShare: columnShare, bins: 64, seed: 5)
        let booster = try Booster(options, matrices: [matrix], threads: threads)
        var losses: [Double] = []
        for _ in 0..<rounds {
            let margins = try booster.margins(matrix)
            let errors = zip(margins, truth).map { Double($0) - $1 }
            losses.append(errors.reduce(0) { $0 + $1 * $1 } / Double(rows))
            try booster.grow(
                matrix, gradients: errors.map { Booster.exact($0) },
                hessians: Array(repeating: 1, count: rows))
        }
        return (booster, matrix, losses, truth)
    }

    @Test func learnsAFunctionAndItsImportantColumns() throws {
        let trained = try train(threads: 1)
        #expect(trained.losses[0] > 2)
        #expect(try #require(trained.losses.last) < 0.02)
        let importances = try trained.booster.importances(columns: 3)
        #expect(importances[0].gain > importances[1].gain)
        #expect(importances[1].gain > 10 * importances[2].gain)
        #expect(trained.booster.rounds == 40)
        #expect(trained.booster.columnCount == 3)
    }

    @Test(arguments: [2, 3, 8]) func threadsDoNotChangeABit(threads: Int) throws {
        let one = try train(threads: 1, columnShare: 0.67).booster.model()
        #expect(try train(threads: threads, columnShare: 0.67).booster.model() == one)
    }

    @Test func aModelRoundTripsThroughItsBytes() throws {
        let trained = try train(rows: 400, rounds: 12, threads: 1)
        let read = try Booster(model: trained.booster.model(), outputs: 1, threads: 2)
        #expect(try read.margins(trained.matrix) == trained.booster.margins(trained.matrix))
        #expect(read.columnCount == 3)
        let first = try trained.booster.prefix(5)
        #expect(first.rounds == 5)
        let shorter = try train(rows: 400, rounds: 5, threads: 1)
        #expect(try first.margins(trained.matrix) == shorter.booster.margins(trained.matrix))
    }

    @Test func rowsWithZeroDerivativesAreIgnored() throws {
        let matrix = try BoostingMatrix([0, 0, 1, 1], columns: 1)
        let booster = try Booster(
            BoostingOptions(outputs: 1, learningRate: 1, penalty: 0), matrices: [matrix], threads: 1)
        try booster.grow(matrix, gradients: [-1, 0, -3, 0], hessians: [1, 0, 1, 0])
        #expect(try booster.margins(matrix) == [1, 1, 3, 3])
    }

    @Test func missingNumbersAreAllowedAndBadModelsAreErrors() throws {
        let matrix = try BoostingMatrix([.nan, 1, .nan, 2], columns: 2)
        #expect(matrix.rowCount == 2)
        #expect(throws: BoostingError.self) { try BoostingMatrix([], columns: 2) }
        #expect(throws: BoostingError.self) {
            try Booster(model: Array("no model".utf8), outputs: 1, threads: 1)
        }
    }

    @Test func derivativesAreRoundedSoThatSumsAreExact() {
        #expect(Booster.exact(1e-9) == 0)
        #expect(Booster.exact(-100) == -8)
        let unit: Float = 1 / 1_048_576
        #expect(Booster.exact(0.1) / unit == (Booster.exact(0.1) / unit).rounded())
        #expect(abs(Double(Booster.exact(0.1)) - 0.1) <= Double(unit) / 2)
    }
}
