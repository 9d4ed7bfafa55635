import Testing

@testable import Tensors

struct SparsePairMatrixTests {
    /// A pseudo-random matrix, dense and sparse.
    private func matrix(rows: Int, columns: Int, seed: UInt64) -> (SparsePairMatrix, [[SIMD2<Float>]]) {
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var sparse = SparsePairMatrix(columnCount: columns)
        var dense: [[SIMD2<Float>]] = []
        for _ in 0..<rows {
            var row = [SIMD2<Float>](repeating: .zero, count: columns)
            for column in 0..<columns where next() % 4 == 0 {
                row[column] = SIMD2(Float(next() % 1000) / 100 - 5, Float(next() % 1000) / 100 - 5)
                sparse.append(row[column], column: column)
            }
            sparse.endRow()
            dense.append(row)
        }
        return (sparse, dense)
    }

    private func vector(_ count: Int) -> [SIMD2<Float>] {
        (0..<count).map { SIMD2(Float($0 % 7) - 3.25, Float($0 % 5) - 1.5) }
    }

    @Test(arguments: [(0, 3), (1, 1), (7, 13), (40, 65)])
    func productsMatchThoseOfDenseMatrices(_ rows: Int, _ columns: Int) {
        let (sparse, dense) = matrix(rows: rows, columns: columns, seed: 3)
        let vector = vector(columns)
        for (row, product) in sparse.products(0..<rows, vector).enumerated() {
            var expected = SIMD2<Double>.zero
            for column in 0..<columns { expected += SIMD2(dense[row][column]) * SIMD2(vector[column]) }
            #expect(abs(product.x - expected.x) < 1e-4)
            #expect(abs(product.y - expected.y) < 1e-4)
        }
    }

    @Test func transposingTwiceGivesTheSameMatrix() {
        let (sparse, dense) = matrix(rows: 23, columns: 31, seed: 9)
        let transposed = sparse.transposed()
        #expect(transposed.rowCount == 31)
        #expect(transposed.columnCount == 23)
        for column in 0..<31 {
            let rows = (0..<23).filter { dense[$0][column] != .zero }
            let range = transposed.starts[column]..<transposed.starts[column + 1]
            #expect(range.map { Int(transposed.columns[$0]) } == rows)
        }
        let again = transposed.transposed()
        #expect(again.columns == sparse.columns)
        #expect(again.pairs == sparse.pairs)
        #expect(again.starts == sparse.starts)
    }

    @Test func compactingDropsOnlyEmptyColumns() {
        var sparse = SparsePairMatrix(columnCount: 100)
        sparse.append(SIMD2(1, 2), column: 7)
        sparse.append(SIMD2(3, 4), column: 50)
        sparse.endRow()
        sparse.append(SIMD2(5, 6), column: 50)
        sparse.endRow()
        let (compact, columns) = sparse.compacted()
        #expect(columns == [7, 50])
        #expect(compact.columns == [0, 1, 1])
        #expect(compact.columnCount == 2)
        #expect(compact.pairs == sparse.pairs)
    }

    @Test func negatingNegatesEveryFirstSumBitByBit() {
        let (sparse, _) = matrix(rows: 50, columns: 41, seed: 1)
        let vector = vector(41)
        let plain = sparse.products(0..<50, vector)
        for (one, other) in zip(plain, sparse.negatingFirst.products(0..<50, vector)) {
            #expect(one.x == -other.x)
            #expect(one.y == other.y)
        }
        // A part of the rows gives the same sums.
        #expect(sparse.products(10..<20, vector) == Array(plain[10..<20]))
    }
}
