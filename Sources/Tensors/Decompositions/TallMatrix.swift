internal import COpenBLAS
internal import Parallelism

/// A dense matrix with many more rows than columns, row by row.
struct TallMatrix: Sendable {
    let numbers: [Float]
    /// The number of columns.
    let width: Int

    /// The number of rows.
    var rowCount: Int { width > 0 ? numbers.count / width : 0 }

    /// Rows are summed in parts of this size, which does not depend on the number of threads.
    private static let blockRows = 2048

    private var blocks: [Range<Int>] {
        stride(from: 0, to: rowCount, by: Self.blockRows).map { $0..<min(rowCount, $0 + Self.blockRows) }
    }

    /// AᵀA in double precision.
    func gram(threads: Int) throws(TensorsError) -> SymmetricMatrix {
        let library = try OpenBLAS.loaded()
        let blocks = blocks
        let parts = Parallel.values(count: blocks.count, threads: threads) { index in
            let rows = blocks[index]
            let block = numbers[(rows.lowerBound * width)..<(rows.upperBound * width)].map(Double.init)
            var square = [Double](repeating: 0, count: width * width)
            // `block` has rows.count · width numbers, and `square` width · width.
            library.square(
                CblasRowMajor, CblasUpper, CblasTrans, blasint(width), blasint(rows.count), 1, block,
                blasint(width), 0, &square, blasint(width))
            return square
        }
        var sum = [Double](repeating: 0, count: width * width)
        for part in parts {
            for index in sum.indices { sum[index] += part[index] }
        }
        return SymmetricMatrix(upper: sum, size: width)
    }

    /// A·B for a square matrix B.
    func times(_ square: [Float], threads: Int) throws(TensorsError) -> TallMatrix {
        precondition(square.count == width * width, "the sizes agree")
        let library = try OpenBLAS.loaded()
        let blocks = blocks
        let parts = Parallel.values(count: blocks.count, threads: threads) { index in
            let rows = blocks[index]
            return [Float](unsafeUninitializedCapacity: rows.count * width) { target, count in
                count = rows.count * width
                numbers.withUnsafeBufferPointer { numbers in
                    // The rows exist, `square` has width · width numbers, and `target` has room for the product.
                    library.multiply(
                        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows.count), blasint(width),
                        blasint(width), 1, numbers.baseAddress.map { $0 + rows.lowerBound * width },
                        blasint(width), square, blasint(width), 0, target.baseAddress, blasint(width))
                }
            }
        }
        return TallMatrix(numbers: Array(parts.joined()), width: width)
    }

    /// A matrix with the same column space and orthonormal columns, by the eigenvectors of AᵀA; columns beyond the rank
    /// are 0.
    func orthonormalized(threads: Int) throws(TensorsError) -> TallMatrix {
        try times(gram(threads: threads).eigenvalues().whitening.map(Float.init), threads: threads)
    }
}

/// A symmetric matrix in double precision.
struct SymmetricMatrix: Sendable {
    /// Row by row; elements below the diagonal are ignored.
    let upper: [Double]
    let size: Int

    /// Eigenvalues, in descending order, and eigenvectors.
    struct Eigenvalues: Sendable {
        let values: [Double]
        /// One eigenvector after another.
        let vectors: [Double]

        /// Eigenvalues below this share of the largest are rounding errors.
        private static let least = 1e-12

        /// The square root of an eigenvalue; 0 if it is a rounding error.
        func root(_ index: Int) -> Double {
            let value = values[index]
            return value > Self.least * (values.first ?? 0) ? value.squareRoot() : 0
        }

        /// V·Λ^(−½), row by row: if the matrix is AᵀA, A times this has orthonormal columns.
        var whitening: [Double] {
            let size = values.count
            var result = [Double](repeating: 0, count: size * size)
            for column in 0..<size {
                let root = root(column)
                guard root > 0 else { continue }
                for row in 0..<size { result[row * size + column] = vectors[column * size + row] / root }
            }
            return result
        }
    }

    /// The eigenvalues and eigenvectors, by LAPACK.
    func eigenvalues() throws(TensorsError) -> Eigenvalues {
        let library = try OpenBLAS.loaded()
        var matrix = upper
        var values = [Double](repeating: 0, count: size)
        var work = [Double](repeating: 0, count: max(1, 34 * size))
        let order = [blasint(size)]
        let length = [blasint(work.count)]
        var status: blasint = 0
        // LAPACK reads column by column, so what is above the diagonal here is below it there. It overwrites the matrix
        // with its eigenvectors, one after another, in ascending order of the eigenvalues.
        library.diagonalize("V", "L", order, &matrix, order, &values, &work, length, &status, 1, 1)
        guard status == 0 else { throw TensorsError("the eigenvalues of a matrix cannot be computed") }
        let vectors = (0..<size).reversed().flatMap { matrix[($0 * size)..<(($0 + 1) * size)] }
        return Eigenvalues(values: values.reversed(), vectors: vectors)
    }
}
