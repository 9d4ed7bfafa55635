extension ProcessorOperations {
    private static let rowPiece = 64

    /// Rows of a weight matrix, scaled.
    public func embed(_ tokens: [Int], _ weight: WeightMatrix, scale: Float) -> Matrix {
        precondition(tokens.allSatisfy { $0 >= 0 && $0 < weight.rowCount }, "the rows exist")
        let columns = weight.columnCount
        let y = Matrix(rows: tokens.count, columns: columns)
        team.pieces(of: tokens.count, size: Self.rowPiece) { rows in
            for row in rows {
                // The row is within y, and the token's row within the weights.
                let target = UnsafeMutableBufferPointer(start: y.base + row * columns, count: columns)
                switch weight.storage {
                case .float32(let matrix):
                    let source = matrix.base + tokens[row] * columns
                    for column in 0..<columns { target[column] = source[column] * scale }
                case .compact(let compact):
                    var span = target.mutableSpan
                    compact.dequantize(rows: tokens[row]..<(tokens[row] + 1), into: &span)
                    for column in 0..<columns { target[column] *= scale }
                }
            }
        }
        return y
    }

    /// gradient[tokens[i]] += scale · dy[i], in the order of i.
    public func addEmbeddingGradient(_ dy: Matrix, _ tokens: [Int], scale: Float, to gradient: Matrix) {
        let columns = dy.columnCount
        precondition(tokens.count == dy.rowCount && columns == gradient.columnCount, "the sizes agree")
        precondition(tokens.allSatisfy { $0 >= 0 && $0 < gradient.rowCount }, "the rows exist")
        // A token may occur twice, so threads split the columns, not the rows.
        team.pieces(of: columns, size: Self.rowPiece) { piece in
            for (row, token) in tokens.enumerated() {
                let source = dy.base + row * columns
                let target = gradient.base + token * columns
                for column in piece { target[column] += source[column] * scale }
            }
        }
    }

    /// Some rows of a matrix.
    public func gather(_ x: Matrix, rows: [Int]) -> Matrix {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < x.rowCount }, "the rows exist")
        let columns = x.columnCount
        let y = Matrix(rows: rows.count, columns: columns)
        for (row, source) in rows.enumerated() {
            (y.base + row * columns).update(from: x.base + source * columns, count: columns)
        }
        return y
    }

    /// The rows of x, with all rows of a prefix inserted before each sequence.
    public func prepend(_ prefix: Matrix, to x: Matrix, starts: [Int]) -> Matrix {
        precondition(starts.first == 0 && starts.last == x.rowCount, "sequences cover the rows")
        precondition(zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }, "starts ascend")
        precondition(prefix.columnCount == x.columnCount, "the sizes agree")
        let columns = x.columnCount
        let y = Matrix(rows: x.rowCount + (starts.count - 1) * prefix.rowCount, columns: columns)
        for sequence in 0..<starts.count - 1 {
            // A sequence's rows follow its prefix, and y has room for both.
            let place = y.base + (starts[sequence] + sequence * prefix.rowCount) * columns
            place.update(from: prefix.base, count: prefix.count)
            (place + prefix.count).update(
                from: x.base + starts[sequence] * columns,
                count: (starts[sequence + 1] - starts[sequence]) * columns)
        }
        return y
    }

    /// x[rows[i]] += y[i], in the order of i.
    public func scatter(_ y: Matrix, rows: [Int], addingTo x: Matrix) {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < x.rowCount }, "the rows exist")
        precondition(rows.count == y.rowCount && y.columnCount == x.columnCount, "the sizes agree")
        let columns = x.columnCount
        for (row, target) in rows.enumerated() {
            let source = y.base + row * columns
            let place = x.base + target * columns
            for column in 0..<columns { place[column] += source[column] }
        }
    }

    /// x += y.
    public func add(_ y: Matrix, to x: Matrix) {
        precondition(x.rowCount == y.rowCount && x.columnCount == y.columnCount, "the sizes agree")
        team.pieces(of: x.count, size: 1 << 15) { piece in
            // The piece is within both.
            for index in piece { x.base[index] += y.base[index] }
        }
    }
}
