import Testing

@testable import Tensors

struct TruncatedSVDTests {
    /// The numbers of a linear congruential generator.
    private struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }

        /// About normal.
        mutating func normal() -> Float {
            (0..<12).reduce(-6) { sum, _ in sum + Float(next() % 65_536) / 65_536 }
        }
    }

    /// The matrix of `References/truncated_svd.py`.
    private static let matrix: SparseMatrix = {
        var numbers = Numbers(state: 5)
        var columns: [UInt32] = []
        var values: [Float] = []
        var starts = [0]
        for _ in 0..<60 {
            for column in 0..<45 where numbers.next() % 4 == 0 {
                columns.append(UInt32(column))
                values.append((Float(numbers.next() % 1000) / 100 - 5) / Float(1 + column))
            }
            starts.append(columns.count)
        }
        return SparseMatrix(columns: columns, values: values, starts: starts, columnCount: 45)
    }()

    private func decomposition(
        _ matrix: SparseMatrix, rank: Int, width: Int, iterations: Int = 8, threads: Int = 1
    ) throws -> TruncatedSVD {
        var numbers = Numbers(state: 11)
        let start = (0..<matrix.columnCount * width).map { _ in numbers.normal() }
        return try TruncatedSVD(
            of: matrix, rank: rank, start: start, width: width, iterations: iterations, threads: threads)
    }

    // By References/truncated_svd.py, from NumPy and scikit-learn.
    private static let values = [9.29998689, 3.99257882, 3.65836457, 2.36902717, 1.84519541]
    private static let vectors: [[Float]] = [
        [0.9967729, -0.0227939, -0.0451266, -0.0047371, 0.0052224, -0.0043832],
        [0.0248535, 0.9527659, 0.1054819, -0.0120145, 0.2234709, -0.0826413],
        [0.0372518, -0.1475975, 0.9627935, 0.0716948, 0.1217344, -0.0967314],
        [-0.0213279, -0.1821503, -0.0909615, -0.5948526, 0.6444455, -0.2946735],
        [-0.0058491, -0.0818063, -0.0850437, 0.4864686, 0.6570813, 0.5076754],
    ]

    @Test func agreesWithNumPyAndScikitLearn() throws {
        let found = try decomposition(Self.matrix, rank: 5, width: 21)
        for (value, expected) in zip(found.singularValues, Self.values) {
            #expect(abs(value - expected) < 2e-6 * expected)
        }
        for (component, vector) in Self.vectors.enumerated() {
            for (column, expected) in vector.enumerated() {
                #expect(abs(found.components[column * 5 + component] - expected) < 2e-5)
            }
        }
        #expect(Self.values.count == 5 && Self.vectors.count == 5)
    }

    @Test func threadsDoNotChangeABit() throws {
        let one = try decomposition(Self.matrix, rank: 7, width: 20)
        let three = try decomposition(Self.matrix, rank: 7, width: 20, threads: 3)
        #expect(one.components == three.components && one.singularValues == three.singularValues)
    }

    @Test func vectorsAreOrthonormalAndTheirGreatestEntryIsPositive() throws {
        let found = try decomposition(Self.matrix, rank: 6, width: 22)
        for one in 0..<6 {
            let vector = (0..<45).map { found.components[$0 * 6 + one] }
            #expect(vector.max { $0.magnitude < $1.magnitude }.map { $0 > 0 } == true)
            for other in 0...one {
                let product = (0..<45).reduce(Float(0)) {
                    $0 + vector[$1] * found.components[$1 * 6 + other]
                }
                #expect(abs(product - (one == other ? 1 : 0)) < 1e-5)
            }
        }
    }

    /// A matrix of rank 2, of which five dimensions are asked for.
    @Test func beyondTheRankEverythingIsZero() throws {
        var columns: [UInt32] = []
        var values: [Float] = []
        for row in 0..<12 {
            let isOdd = row % 2 == 1
            columns += isOdd ? [1, 4] : [0, 2]
            values += isOdd ? [1, -2] : [3, 4]
        }
        let matrix = SparseMatrix(
            columns: columns, values: values, starts: (0...12).map { 2 * $0 }, columnCount: 6)
        let found = try decomposition(matrix, rank: 5, width: 6)
        #expect(abs(found.singularValues[0] - 150.0.squareRoot()) < 1e-4)
        #expect(abs(found.singularValues[1] - 30.0.squareRoot()) < 1e-4)
        #expect(found.singularValues[2...].allSatisfy { $0 == 0 })
        let first = (0..<6).map { found.components[$0 * 5] }
        #expect(zip(first, [0.6, 0, 0.8, 0, 0, 0]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect((0..<6).allSatisfy { row in (2..<5).allSatisfy { found.components[row * 5 + $0] == 0 } })
    }

    @Test func productsAndTransposesAreThoseOfTheDenseMatrix() {
        let matrix = Self.matrix
        var dense = [[Float]](repeating: [Float](repeating: 0, count: 45), count: 60)
        for row in 0..<60 {
            for position in matrix.starts[row]..<matrix.starts[row + 1] {
                dense[row][Int(matrix.columns[position])] = matrix.values[position]
            }
        }
        var numbers = Numbers(state: 3)
        let right = (0..<45 * 3).map { _ in numbers.normal() }
        let left = (0..<60 * 3).map { _ in numbers.normal() }
        let product = matrix.times(right, width: 3, threads: 2)
        let other = matrix.transposed().times(left, width: 3, threads: 2)
        for place in 0..<3 {
            for row in 0..<60 {
                let sum = (0..<45).reduce(Float(0)) { $0 + dense[row][$1] * right[$1 * 3 + place] }
                #expect(abs(product[row * 3 + place] - sum) < 1e-4)
            }
            for column in 0..<45 {
                let sum = (0..<60).reduce(Float(0)) { $0 + dense[$1][column] * left[$1 * 3 + place] }
                #expect(abs(other[column * 3 + place] - sum) < 1e-4)
            }
        }
    }

    @Test func aMatrixWithoutEntriesHasNoSingularValues() throws {
        let matrix = SparseMatrix(columns: [], values: [], starts: [0, 0, 0], columnCount: 3)
        let found = try decomposition(matrix, rank: 2, width: 3)
        #expect(found.singularValues == [0, 0] && found.components.allSatisfy { $0 == 0 })
    }
}
