extension ProcessorOperations {
    private static let headNormRows = 32

    /// A copy of x in which each head of some columns is normalized separately: gain ∘ h / √(mean h² + ε).
    public func normalizeHeads(_ x: Matrix, columns: Range<Int>, gain: Matrix, epsilon: Float) -> Matrix {
        checkHeads(x, columns, gain)
        let y = x.copy()
        let width = x.columnCount
        let size = gain.count
        let gain = gain.base
        team.pieces(of: x.rowCount, size: Self.headNormRows) { rows in
            for row in rows {
                for start in stride(from: columns.lowerBound, to: columns.upperBound, by: size) {
                    // A head's `size` numbers are within the row.
                    let source = UnsafePointer(x.base + row * width + start)
                    let target = y.base + row * width + start
                    let inverse = Self.inverseRoot(source, size, epsilon)
                    for index in 0..<size { target[index] = source[index] * inverse * gain[index] }
                }
            }
        }
        return y
    }

    /// The backward pass of `normalizeHeads`: replaces dy by dx, and adds to the gain's gradient if requested.
    public func normalizeHeadsBackward(
        _ x: Matrix, columns: Range<Int>, gain: Matrix, epsilon: Float, _ dy: Matrix, gainGradient: Matrix?
    ) {
        checkHeads(x, columns, gain)
        precondition(dy.rowCount == x.rowCount && dy.columnCount == x.columnCount, "the sizes agree")
        precondition(gainGradient.map { $0.count == gain.count } ?? true, "the sizes agree")
        let width = x.columnCount
        let size = gain.count
        let pieces = (x.rowCount + Self.headNormRows - 1) / Self.headNormRows
        // One sum per piece, so that the order of addition does not depend on the threads.
        let sums = gainGradient.map { _ in Matrix(rows: pieces, columns: size, filledWith: 0) }
        let gain = gain.base
        team.pieces(of: x.rowCount, size: Self.headNormRows) { rows in
            let sum = sums.map { $0.base + rows.lowerBound / Self.headNormRows * size }
            for row in rows {
                for start in stride(from: columns.lowerBound, to: columns.upperBound, by: size) {
                    // A head's `size` numbers are within the rows of x and dy, which have the same shape.
                    let source = UnsafePointer(x.base + row * width + start)
                    let above = dy.base + row * width + start
                    let inverse = Self.inverseRoot(source, size, epsilon)
                    if let sum {
                        for index in 0..<size { sum[index] += above[index] * source[index] * inverse }
                    }
                    var product: Float = 0
                    for index in 0..<size { product += gain[index] * above[index] * source[index] }
                    let slope = inverse * inverse * inverse * product / Float(size)
                    for index in 0..<size {
                        above[index] = inverse * gain[index] * above[index] - slope * source[index]
                    }
                }
            }
        }
        guard let sums, let gainGradient else { return }
        for piece in 0..<pieces {
            for index in 0..<size { gainGradient.base[index] += sums.base[piece * size + index] }
        }
    }

    private func checkHeads(_ x: Matrix, _ columns: Range<Int>, _ gain: Matrix) {
        precondition(columns.lowerBound >= 0 && columns.upperBound <= x.columnCount, "the columns exist")
        precondition(gain.count > 0 && columns.count % gain.count == 0, "the columns are whole heads")
    }
}
