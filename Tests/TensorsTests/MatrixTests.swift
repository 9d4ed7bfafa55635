import Testing

@testable import Tensors

@Suite struct MatrixTests {
    @Test func matricesAreRowMajor() {
        let matrix = Matrix(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6])
        #expect(matrix[1] == [4, 5, 6] && matrix[0..<2] == matrix.numbers && matrix.count == 6)
        let filled = Matrix(rows: 2, columns: 3) { numbers in
            for index in numbers.indices { numbers[index] = Float(index) }
        }
        #expect(filled.numbers == [0, 1, 2, 3, 4, 5])
        let copy = filled.copy()
        var sums: [Float] = [10, 10, 10, 10, 10, 10, 10, 10]
        copy.add(to: &sums, from: 1)
        #expect(sums == [10, 10, 11, 12, 13, 14, 15, 10])
        #expect(Matrix(rows: 0, columns: 3, filledWith: 1).numbers.isEmpty)
    }

    @Test func reusedMemoryBelongsToOneMatrixAtATime() {
        // Larger than what the allocator keeps, in sizes that share blocks.
        for round in 0..<20 {
            let matrices = (0..<8).map { index in
                Matrix(rows: 100, columns: 100 + index % 3, filledWith: Float(round * 8 + index))
            }
            for (index, matrix) in matrices.enumerated() {
                #expect(matrix.numbers.allSatisfy { $0 == Float(round * 8 + index) })
            }
        }
    }

    @Test(arguments: [1, 2, 5], [0, 1, 7, 1_000])
    func everyTaskRunsOnce(_ threads: Int, _ count: Int) {
        let done = Matrix(rows: 1, columns: count, filledWith: 0)
        ThreadTeam(threads: threads).pieces(of: count, size: 3) { piece in
            for index in piece { done.base[index] += Float(index) }
        }
        #expect(done.numbers == (0..<count).map { Float($0) })
    }
}
