/// Linear equations with a symmetric positive definite matrix.
enum PositiveDefiniteSystem: Sendable {
    /// The solution by Cholesky's decomposition; nil if the matrix is not positive definite to rounding.
    static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
        let size = right.count
        var factor = matrix
        for column in 0..<size {
            var pivot = matrix[column][column]
            for index in 0..<column { pivot -= factor[column][index] * factor[column][index] }
            guard pivot > 1e-14 * max(matrix[column][column], 1e-300) else { return nil }
            factor[column][column] = pivot.squareRoot()
            for row in column + 1..<max(size, column + 1) {
                var sum = matrix[row][column]
                for index in 0..<column { sum -= factor[row][index] * factor[column][index] }
                factor[row][column] = sum / factor[column][column]
            }
        }
        var solution = right
        for row in 0..<size {
            for index in 0..<row { solution[row] -= factor[row][index] * solution[index] }
            solution[row] /= factor[row][row]
        }
        for row in (0..<size).reversed() {
            for index in row + 1..<max(size, row + 1) {
                solution[row] -= factor[index][row] * solution[index]
            }
            solution[row] /= factor[row][row]
        }
        return solution
    }
}
