import Tensors
import Testing

@Suite struct RowsTests {
    private let operations: ProcessorOperations

    init() throws { operations = try ProcessorOperations(threads: 2) }

    @Test func embedsRowsAndAddsTheirGradientsBack() {
        let table = Matrix.random(9, 70, seed: 1)
        let tokens = [3, 8, 3, 0]
        for weight in [WeightMatrix(table), WeightMatrix(BFloat16Matrix(rounding: table))] {
            let floats = weight.floats
            let rows = operations.embed(tokens, weight, scale: 2)
            for (row, token) in tokens.enumerated() {
                #expect(rows[row] == floats[token * 70..<(token + 1) * 70].map { 2 * $0 })
            }
        }
        let gradient = Matrix(rows: 9, columns: 70, filledWith: 1)
        operations.addEmbeddingGradient(
            Matrix(rows: 4, columns: 70, filledWith: 3), tokens, scale: 2, to: gradient)
        let expected: [Float] = [7, 1, 1, 13, 1, 1, 1, 1, 7]
        for (row, number) in expected.enumerated() { #expect(gradient[row].allSatisfy { $0 == number }) }
    }

    @Test func gathersScattersAndAddsRows() {
        let x = Matrix(rows: 3, columns: 2, [1, 2, 3, 4, 5, 6])
        let some = operations.gather(x, rows: [2, 0])
        #expect(some.numbers == [5, 6, 1, 2])
        operations.scatter(some, rows: [1, 1], addingTo: x)
        #expect(x.numbers == [1, 2, 9, 12, 5, 6])
        operations.add(x.copy(), to: x)
        #expect(x.numbers == [2, 4, 18, 24, 10, 12])
    }

    @Test func dropoutDependsOnlyOnTheRuleThePositionAndTheColumn() throws {
        let dropout = Dropout(probability: 0.25, key: 0x1234_5678_9ABC_DEF0)
        let ones = Matrix(rows: 200, columns: 300, filledWith: 1)
        let positions = Array(0..<200)
        let dropped = operations.drop(ones, positions: positions, dropout)
        let kept = dropped.numbers.filter { $0 != 0 }
        #expect(kept.allSatisfy { abs($0 - 4 / 3) < 1e-6 })
        // 45,000, give or take four deviations of a binomial of 60,000.
        #expect((44_576...45_424).contains(kept.count))
        // Each column and row for itself, so that no pattern is left out.
        for column in 0..<300 {
            let count = (0..<200).filter { dropped.numbers[$0 * 300 + column] != 0 }.count
            #expect((110...190).contains(count))
            if column > 20 { break }
        }
        let reversed = try ProcessorOperations(threads: 1).drop(
            ones, positions: positions.reversed(), dropout)
        #expect((0..<200).allSatisfy { reversed[$0] == dropped[199 - $0] })
        let other = operations.drop(
            ones, positions: positions, Dropout(probability: 0.25, key: 0x1234_5678_9ABC_DEF1))
        let both = zip(dropped.numbers, other.numbers).filter { $0 != 0 && $1 != 0 }.count
        #expect((32_550...34_950).contains(both))

        let dx = Matrix(rows: 200, columns: 300, filledWith: 1)
        operations.dropBackward(ones, positions: positions, dropout, addingTo: dx)
        #expect(zip(dx.numbers, dropped.numbers).allSatisfy { $0 == $1 + 1 })
    }
}
