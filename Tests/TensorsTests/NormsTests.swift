import Tensors
import Testing

@Suite struct NormsTests {
    static let shapes = [(1, 1), (3, 16), (33, 21)]
    private let epsilon = 1e-3

    private func naive(_ x: NaiveMatrix, _ gain: [Double]) -> NaiveMatrix {
        var y = x
        for row in 0..<x.rowCount {
            var sum = 0.0
            for column in 0..<x.columnCount { sum += x[row, column] * x[row, column] }
            let root = (sum / Double(x.columnCount) + epsilon).squareRoot()
            for column in 0..<x.columnCount { y[row, column] = gain[column] * x[row, column] / root }
        }
        return y
    }

    @Test(arguments: shapes)
    func dividesRowsByTheirRootMeanSquare(_ shape: (rows: Int, columns: Int)) throws {
        let x = Matrix.random(shape.rows, shape.columns, seed: 1)
        let gain = Matrix.random(1, shape.columns, seed: 2).numbers
        let expected = naive(NaiveMatrix(x), gain.map { Double($0) })
        let y = Matrix(rows: shape.rows, columns: shape.columns, filledWith: .nan)
        let operations = try ProcessorOperations(threads: 2)
        operations.normalize(
            x, gain: Matrix(rows: 1, columns: gain.count, gain), epsilon: Float(epsilon), adding: false,
            into: y)
        #expect(difference(y, expected) < 1e-5)
        operations.normalize(
            x, gain: Matrix(rows: 1, columns: gain.count, gain), epsilon: Float(epsilon), adding: true,
            into: y)
        #expect(zip(y.numbers, expected.numbers).allSatisfy { abs(Double($0) - 2 * $1) < 2e-5 })
    }

    @Test(arguments: shapes)
    func gradientsMatchNumericalOnes(_ shape: (rows: Int, columns: Int)) throws {
        let x = Matrix.random(shape.rows, shape.columns, seed: 1)
        let gain = Matrix.random(1, shape.columns, seed: 2)
        let above = Matrix.random(shape.rows, shape.columns, seed: 3)
        let dx = Matrix(rows: shape.rows, columns: shape.columns, filledWith: 1)
        let dGain = Matrix(rows: 1, columns: shape.columns, filledWith: 1)
        let operations = try ProcessorOperations(threads: 1)
        operations.normalizeBackward(
            x, gain: gain, epsilon: Float(epsilon), above, adding: true, into: dx, gainGradient: dGain
        )
        let (exact, exactAbove, exactGain) = (NaiveMatrix(x), NaiveMatrix(above), NaiveMatrix(gain))
        // Rows do not depend on one another, so one step moves a column of all of them.
        var expected = exact
        for row in 0..<shape.rows {
            let one = NaiveMatrix(rows: 1, columns: shape.columns) { exact[row, $1] }
            let oneAbove = NaiveMatrix(rows: 1, columns: shape.columns) { exactAbove[row, $1] }
            let slope = slopes(one, step: 1e-5) { inner(naive($0, exactGain.numbers), oneAbove) }
            for column in 0..<shape.columns { expected[row, column] = slope[0, column] + 1 }
        }
        #expect(difference(dx, expected) < 2e-4)
        let slope = slopes(exactGain) { inner(naive(exact, $0.numbers), exactAbove) }
        #expect(zip(dGain.numbers, slope.numbers).allSatisfy { abs(Double($0) - $1 - 1) < 1e-4 })

        let other = Matrix(rows: shape.rows, columns: shape.columns, filledWith: .nan)
        let otherGain = Matrix(rows: 1, columns: shape.columns, filledWith: 1)
        try ProcessorOperations(threads: 2).normalizeBackward(
            x, gain: gain, epsilon: Float(epsilon), above, adding: false, into: other,
            gainGradient: otherGain)
        #expect(zip(other.numbers, expected.numbers).allSatisfy { abs(Double($0) - $1 + 1) < 2e-4 })
        #expect(otherGain.numbers == dGain.numbers)
    }

    @Test func headsAreNormalizedSeparatelyAndOtherColumnsUnchanged() throws {
        let (rows, heads, size) = (35, 3, 6)
        let x = Matrix.random(rows, heads * size + 5, seed: 4)
        let gain = Matrix.random(1, size, seed: 5)
        let above = Matrix.random(rows, heads * size + 5, seed: 6)
        let columns = 0..<(heads * size)
        func naiveHeads(_ x: NaiveMatrix, _ gain: [Double]) -> NaiveMatrix {
            var y = x
            for head in 0..<heads {
                let part = NaiveMatrix(rows: x.rowCount, columns: size) { x[$0, head * size + $1] }
                let normed = naive(part, gain)
                for row in 0..<x.rowCount {
                    for column in 0..<size { y[row, head * size + column] = normed[row, column] }
                }
            }
            return y
        }
        let (exact, exactGain, exactAbove) = (NaiveMatrix(x), NaiveMatrix(gain), NaiveMatrix(above))
        var results: [[Float]] = []
        for threads in [1, 2] {
            let operations = try ProcessorOperations(threads: threads)
            let y = operations.normalizeHeads(
                x, columns: columns, gain: gain, epsilon: Float(epsilon))
            #expect(difference(y, naiveHeads(exact, exactGain.numbers)) < 1e-5)
            let dx = above.copy()
            let dGain = Matrix(rows: 1, columns: size, filledWith: 1)
            operations.normalizeHeadsBackward(
                x, columns: columns, gain: gain, epsilon: Float(epsilon), dx, gainGradient: dGain)
            // Rows do not depend on one another.
            for row in [0, 17, rows - 1] {
                let one = NaiveMatrix(rows: 1, columns: x.columnCount) { exact[row, $1] }
                let oneAbove = NaiveMatrix(rows: 1, columns: x.columnCount) { exactAbove[row, $1] }
                let slope = slopes(one, step: 1e-5) { inner(naiveHeads($0, exactGain.numbers), oneAbove) }
                for column in 0..<x.columnCount {
                    #expect(abs(Double(dx[row][column]) - slope[0, column]) < 2e-4)
                }
            }
            let gainSlope = slopes(exactGain) { inner(naiveHeads(exact, $0.numbers), exactAbove) }
            #expect(zip(dGain.numbers, gainSlope.numbers).allSatisfy { abs(Double($0) - $1 - 1) < 1e-3 })
            results.append(y.numbers + dx.numbers + dGain.numbers)
        }
        #expect(results[0] == results[1])
    }
}
