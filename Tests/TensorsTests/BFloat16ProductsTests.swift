import FloatFormats
import Testing

@testable import Tensors

/// Whether this machine can multiply bfloat16.
private let isAvailable = (try? ProcessorOperations(threads: 1, products: .bfloat16)) != nil

@Suite(.enabled(if: isAvailable)) struct BFloat16ProductsTests {
    /// Rows, inputs, outputs: edges of tiles, panels and pieces.
    static let shapes = [(1, 128, 128), (65, 130, 300), (1_030, 128, 257), (3, 131, 16_600)]

    enum Format: CaseIterable { case float32, bfloat16, nf4 }

    private func weight(_ format: Format, _ matrix: Matrix) -> WeightMatrix {
        switch format {
        case .float32: WeightMatrix(matrix)
        case .bfloat16: WeightMatrix(BFloat16Matrix(rounding: matrix))
        case .nf4:
            WeightMatrix(
                NF4Matrix(
                    quantizing: matrix.numbers, rows: matrix.rowCount, columns: matrix.columnCount, threads: 1
                ))
        }
    }

    private func rounded(_ matrix: Matrix) -> Matrix {
        Matrix(
            rows: matrix.rowCount, columns: matrix.columnCount,
            WeightMatrix(BFloat16Matrix(rounding: matrix)).floats)
    }

    /// The single-precision products of factors that were rounded before.
    @Test(arguments: shapes, Format.allCases)
    func productsAreThoseOfRoundedFactors(
        _ shape: (rows: Int, inputs: Int, outputs: Int), format: Format
    ) throws {
        let w = weight(format, .random(shape.outputs, shape.inputs, seed: 2))
        let plainWeight = WeightMatrix(
            rounded(Matrix(rows: shape.outputs, columns: shape.inputs, w.floats)))
        let outputs = (shape.outputs - 128) / 2..<shape.outputs
        let plain = try ProcessorOperations(threads: 1)
        let x = Matrix.random(shape.rows, shape.inputs, seed: 1)
        let dy = Matrix.random(shape.rows, outputs.count + 3, seed: 5)
        var results: [[Float]] = []
        for (threads, adding) in [(1, true), (3, true), (2, false)] {
            let operations = try ProcessorOperations(threads: threads, products: .bfloat16)
            let y = Matrix.random(shape.rows, outputs.count + 3, seed: 3)
            let expected = y.copy()
            operations.multiply(x, by: w, outputs: outputs, scale: 0.5, adding: adding, into: y, column: 2)
            plain.multiply(
                rounded(x), by: plainWeight, outputs: outputs, scale: 0.5, adding: adding, into: expected,
                column: 2)
            let (difference, size) = distance(y, expected)
            #expect(difference <= 2e-5 * size)

            let dx = Matrix.random(shape.rows, shape.inputs, seed: 4)
            let expectedSlope = dx.copy()
            operations.multiplyBackward(
                dy, column: 2, by: w, outputs: outputs, scale: 0.5, adding: adding, into: dx)
            plain.multiplyBackward(
                rounded(dy), column: 2, by: plainWeight, outputs: outputs, scale: 0.5, adding: adding,
                into: expectedSlope)
            let (slopeDifference, slopeSize) = distance(dx, expectedSlope)
            #expect(slopeDifference <= 2e-5 * slopeSize)
            if adding { results.append(y.numbers + dx.numbers) }
        }
        #expect(results[0] == results[1])
    }

    @Test func smallMatricesStayInSinglePrecision() throws {
        let x = Matrix.random(40, 300, seed: 1)
        let w = WeightMatrix(.random(16, 300, seed: 2))
        let (a, b) = (Matrix(rows: 40, columns: 16), Matrix(rows: 40, columns: 16))
        for (operations, y) in [
            (try ProcessorOperations(threads: 1), a),
            (try ProcessorOperations(threads: 1, products: .bfloat16), b),
        ] {
            operations.multiply(x, by: w, outputs: 0..<16, into: y)
        }
        #expect(a.numbers == b.numbers)
    }

    @Test func roundingIsThatOfTheFormat() {
        let patterns: [UInt32] = [
            0, 0x8000_0000, 0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000,
            0x7F80_0001, 0xFFFF_FFFF, 1, 0x0000_8001,
        ]
        let numbers = patterns.map { Float(bitPattern: $0) }
        let scratch = BFloat16Scratch(count: numbers.count)
        BFloat16Scratch.round(numbers, numbers.count, into: scratch.base)
        for (index, number) in numbers.enumerated() {
            if number.isNaN {
                #expect(Float(bitPattern: UInt32(scratch.base[index]) << 16).isNaN)
            } else {
                #expect(scratch.base[index] == number.bfloat16)
            }
        }
    }

    /// The largest difference, and the largest number of the second.
    private func distance(_ a: Matrix, _ b: Matrix) -> (Float, Float) {
        (
            zip(a.numbers, b.numbers).reduce(0) { max($0, abs($1.0 - $1.1)) },
            b.numbers.reduce(0) { max($0, abs($1)) }
        )
    }
}
