import FloatFormats
import Testing

@testable import Tensors

@Suite struct ProductsTests {
    /// Rows of x, inputs, outputs: edges of tiles, panels and pieces.
    static let shapes = [(1, 1, 1), (3, 5, 7), (257, 9, 70), (20, 9, 530), (2, 3, 8_300), (260, 3, 1_030)]

    private func product(
        _ x: NaiveMatrix, _ w: NaiveMatrix, _ outputs: Range<Int>, _ scale: Double, onto y: NaiveMatrix,
        _ column: Int
    ) -> NaiveMatrix {
        var y = y
        for row in 0..<x.rowCount {
            for (place, output) in outputs.enumerated() {
                y[row, column + place] +=
                    scale * (0..<x.columnCount).reduce(0) { $0 + x[row, $1] * w[output, $1] }
            }
        }
        return y
    }

    @Test(arguments: shapes, [false, true])
    func productsMatchTheirDefinitionForEveryStorage(
        _ shape: (rows: Int, inputs: Int, outputs: Int), isCompact: Bool
    ) throws {
        let x = Matrix.random(shape.rows, shape.inputs, seed: 1)
        let rounded = BFloat16Matrix(rounding: .random(shape.outputs, shape.inputs, seed: 2))
        let w =
            isCompact
            ? WeightMatrix(rounded)
            : WeightMatrix(Matrix(rows: shape.outputs, columns: shape.inputs, WeightMatrix(rounded).floats))
        let exact = NaiveMatrix(Matrix(rows: shape.outputs, columns: shape.inputs, w.floats))
        let outputs = shape.outputs / 5..<shape.outputs
        let y = Matrix.random(shape.rows, outputs.count + 3, seed: 3)
        let expected = product(NaiveMatrix(x), exact, outputs, 0.5, onto: NaiveMatrix(y), 2)
        let other = y.copy()
        try ProcessorOperations(threads: 1).multiply(
            x, by: w, outputs: outputs, scale: 0.5, adding: true, into: y, column: 2)
        #expect(difference(y, expected) < 1e-4)
        try ProcessorOperations(threads: 3).multiply(
            x, by: w, outputs: outputs, scale: 0.5, adding: true, into: other, column: 2)
        #expect(y.numbers == other.numbers)

        let dx = Matrix.random(shape.rows, shape.inputs, seed: 4)
        let dy = Matrix.random(shape.rows, outputs.count + 3, seed: 5)
        var expectedSlope = NaiveMatrix(dx)
        let above = NaiveMatrix(dy)
        for row in 0..<shape.rows {
            for input in 0..<shape.inputs {
                expectedSlope[row, input] +=
                    0.5
                    * outputs.enumerated().reduce(0) {
                        $0 + above[row, 2 + $1.offset] * exact[$1.element, input]
                    }
            }
        }
        let otherSlope = dx.copy()
        try ProcessorOperations(threads: 1).multiplyBackward(
            dy, column: 2, by: w, outputs: outputs, scale: 0.5, adding: true, into: dx)
        #expect(difference(dx, expectedSlope) < 1e-3)
        try ProcessorOperations(threads: 2).multiplyBackward(
            dy, column: 2, by: w, outputs: outputs, scale: 0.5, adding: true, into: otherSlope)
        #expect(dx.numbers == otherSlope.numbers)
        try ProcessorOperations(threads: 2).multiplyBackward(
            dy, column: 2, by: w, outputs: outputs, scale: 0.5, adding: false, into: otherSlope)
        let start = NaiveMatrix(.random(shape.rows, shape.inputs, seed: 4))
        #expect(
            zip(otherSlope.numbers, zip(expectedSlope.numbers, start.numbers)).allSatisfy {
                abs(Double($0) - ($1.0 - $1.1)) < 1e-3
            })
    }

    @Test(arguments: shapes)
    func gradientsOfWeightsAndBiasesAreSumsOverRows(
        _ shape: (rows: Int, inputs: Int, outputs: Int)
    ) throws {
        let x = Matrix.random(shape.rows, shape.inputs, seed: 1)
        let dy = Matrix.random(shape.rows, shape.outputs + 1, seed: 2)
        let gradient = Matrix.random(shape.outputs + 2, shape.inputs, seed: 3)
        var expected = NaiveMatrix(gradient)
        let (a, b) = (NaiveMatrix(dy), NaiveMatrix(x))
        for output in 0..<shape.outputs {
            for input in 0..<shape.inputs {
                expected[output + 2, input] +=
                    2 * (0..<shape.rows).reduce(0) { $0 + a[$1, output + 1] * b[$1, input] }
            }
        }
        let other = gradient.copy()
        let outputs = 2..<shape.outputs + 2
        try ProcessorOperations(threads: 1).addWeightGradient(
            dy, column: 1, outputs: outputs, x, scale: 2, to: gradient)
        #expect(difference(gradient, expected) < 1e-3)
        try ProcessorOperations(threads: 2).addWeightGradient(
            dy, column: 1, outputs: outputs, x, scale: 2, to: other)
        #expect(gradient.numbers == other.numbers)

        let bias = (0..<shape.outputs).map { Float($0) }
        let y = dy.copy()
        try ProcessorOperations(threads: 2).addBias(
            Matrix(rows: 1, columns: bias.count + 1, [9] + bias), outputs: 1..<bias.count + 1, to: y,
            column: 1)
        let biased = NaiveMatrix(rows: shape.rows, columns: shape.outputs + 1) { row, column in
            column == 0 ? a[row, 0] : a[row, column] + Double(column - 1)
        }
        #expect(difference(y, biased) < 1e-3)
        let sum = Matrix(rows: 1, columns: shape.outputs, filledWith: 0)
        try ProcessorOperations(threads: 2).addBiasGradient(dy, column: 1, to: sum)
        let sums = NaiveMatrix(rows: 1, columns: shape.outputs) { _, column in
            (0..<shape.rows).reduce(0) { $0 + a[$1, column + 1] }
        }
        #expect(difference(sum, sums) < 1e-4)
    }

    @Test func bfloat16RoundsToNearestTiesToEven() {
        let cases: [(Float, UInt16)] = [
            (1, 0x3F80), (Float(bitPattern: 0x3F80_8000), 0x3F80), (Float(bitPattern: 0x3F81_8000), 0x3F82),
            (Float(bitPattern: 0x3F80_8001), 0x3F81), (-.infinity, 0xFF80),
            (Float(bitPattern: 0x7F80_0001), 0x7FC0),
        ]
        for (number, bits) in cases { #expect(number.bfloat16 == bits, "\(number)") }
    }
}
