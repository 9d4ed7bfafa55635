/// The largest singular values of a sparse matrix X, with their right singular vectors.
///
/// Randomized subspace iteration (Halko, Martinsson and Tropp, "Finding Structure with Randomness", SIAM Review 2011,
/// algorithm 4.4): a random subspace is multiplied by XᵀX a few times, and the singular vectors are those of X restricted
/// to it. Every sum is in a fixed order, so equal calls give equal bits, whatever the number of threads.
public struct TruncatedSVD: Sendable {
    /// The singular values, in descending order; 0 beyond the rank of the matrix.
    public let singularValues: [Double]
    /// The right singular vectors V: a row per column of X, with a number per singular value. In each vector, the entry with
    /// the largest magnitude is positive; vectors of singular values that are 0 are 0.
    public let components: [Float]
    /// The number of singular values.
    public let rank: Int

    /// Decomposes a matrix.
    ///
    /// - Parameters:
    ///   - rank: the number of singular values, at least 1.
    ///   - start: random numbers: a row per column of X, with `width` numbers.
    ///   - width: the dimension of the subspace; a few more than `rank` improve the accuracy.
    ///   - iterations: how often the subspace is multiplied by XᵀX after the first time.
    /// - Throws: if OpenBLAS is not installed.
    public init(
        of matrix: SparseMatrix, rank: Int, start: [Float], width: Int, iterations: Int, threads: Int,
        progress: (Int) -> Void = { _ in }
    ) throws(TensorsError) {
        precondition(
            (1...width).contains(rank) && start.count == matrix.columnCount * width && iterations >= 0,
            "the start has a row per column, and room for the rank")
        let transposed = matrix.transposed()
        var subspace = TallMatrix(numbers: start, width: width)
        for iteration in 0...iterations {
            let image = TallMatrix(
                numbers: matrix.times(subspace.numbers, width: width, threads: threads), width: width)
            var basis = try image.orthonormalized(threads: threads)
            // Twice, since the first time is only as exact as the square of the image's condition number allows.
            if iteration == iterations { basis = try basis.orthonormalized(threads: threads) }
            subspace = TallMatrix(
                numbers: transposed.times(basis.numbers, width: width, threads: threads), width: width)
            if iteration < iterations { subspace = try subspace.orthonormalized(threads: threads) }
            progress(iteration + 1)
        }
        // The subspace is now (QᵀX)ᵀ = V Σ Wᵀ, and its Gram matrix is W Σ² Wᵀ.
        let eigenvalues = try subspace.gram(threads: threads).eigenvalues()
        singularValues = (0..<rank).map { eigenvalues.root($0) }
        let all = try subspace.times(eigenvalues.whitening.map(Float.init), threads: threads)
        components = Self.oriented(all, rank: rank)
        self.rank = rank
    }

    /// The first columns, each with the sign that makes its entry with the largest magnitude positive.
    private static func oriented(_ matrix: TallMatrix, rank: Int) -> [Float] {
        var greatest = [Float](repeating: 0, count: rank)
        for row in 0..<matrix.rowCount {
            for column in 0..<rank {
                let value = matrix.numbers[row * matrix.width + column]
                if value.magnitude > greatest[column].magnitude { greatest[column] = value }
            }
        }
        var result: [Float] = []
        result.reserveCapacity(matrix.rowCount * rank)
        for row in 0..<matrix.rowCount {
            for column in 0..<rank {
                let value = matrix.numbers[row * matrix.width + column]
                result.append(greatest[column] < 0 ? -value : value)
            }
        }
        return result
    }
}
