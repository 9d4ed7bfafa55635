import Testing

@testable import CUDAKernels
@testable import Tensors

/// Expansion of 4-bit weights: the same bits as on the processor.
struct NF4KernelsTests {
    // Whole blocks of 64; rows that begin within blocks; rows that begin within bytes.
    @Test(arguments: [(300, 128), (40, 24), (21, 57)], NumberFormat.all)
    func expansion(shape: (rows: Int, columns: Int), format: NumberFormat) throws {
        var random = Numbers(41)
        let count = shape.rows * shape.columns
        let matrix = NF4Matrix(quantizing: random.uniform(count), rows: shape.rows, columns: shape.columns)
        let memories = [HostMemory(matrix.codes), HostMemory(matrix.scales.codes)]
        let groupScales = HostMemory(matrix.scales.groupScales)
        let signedCode = HostMemory(DynamicCode.signed.values)
        let weights = NF4Weights(
            codes: memories[0].address, scaleCodes: memories[1].address, groupScales: groupScales.address,
            offset: matrix.scales.offset, signedCode: signedCode.address)
        for rows in [0..<shape.rows, 3..<8] {
            let y = HostNumbers(format, rows: rows.count, columns: shape.columns)
            run(
                .expand(
                    weights, elements: rows.lowerBound * shape.columns..<rows.upperBound * shape.columns,
                    into: y.device), changing: [y.memory])
            let expected = WeightMatrix(matrix).floats(rows: rows)
            expectSame(y.numbers, HostNumbers(expected, format, rows: rows.count).numbers)
        }
        let tokens = [7, 0, 7]
        let indices = HostMemory(tokens.map { Int32($0) })
        let y = HostNumbers(format, rows: 3, columns: shape.columns)
        run(
            .embedNF4(
                tokens: indices.address, weight: weights, scale: 1.5, into: y.device, rows: 3,
                columns: shape.columns), changing: [y.memory])
        let operations = try ProcessorOperations(threads: 1)
        let expected = operations.embed(tokens, WeightMatrix(matrix), scale: 1.5)
        expectSame(y.numbers, HostNumbers(expected.numbers, format, rows: 3).numbers)
    }
}
