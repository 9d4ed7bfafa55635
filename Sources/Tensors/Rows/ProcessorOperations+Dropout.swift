extension ProcessorOperations {
    /// A copy of x in which each element is dropped with a probability p, and the others are divided by 1 − p.
    public func drop(_ x: Matrix, positions: [Int], _ dropout: Dropout) -> Matrix {
        let y = Matrix(rows: x.rowCount, columns: x.columnCount)
        masked(x, positions, dropout) { index, factor in y.base[index] = x.base[index] * factor }
        return y
    }

    /// dx += dy where `drop` kept an element, with the same factor.
    public func dropBackward(_ dy: Matrix, positions: [Int], _ dropout: Dropout, addingTo dx: Matrix) {
        precondition(dx.rowCount == dy.rowCount && dx.columnCount == dy.columnCount, "the sizes agree")
        masked(dy, positions, dropout) { index, factor in dx.base[index] += dy.base[index] * factor }
    }

    /// Calls `body` with the index and factor of each element.
    @inline(__always)
    private func masked(
        _ x: Matrix, _ positions: [Int], _ dropout: Dropout, _ body: (Int, Float) -> Void
    ) {
        precondition(positions.count == x.rowCount, "each row has a position")
        let columns = x.columnCount
        let threshold = dropout.threshold
        let scale = dropout.scale
        let upperKey = UInt32(truncatingIfNeeded: dropout.key >> 32)
        team.pieces(of: x.rowCount, size: 32) { rows in
            for row in rows {
                let rowKey = dropout.rowKey(positions[row])
                let first = row * columns
                for column in 0..<columns {
                    let isKept = Dropout.bits(rowKey, upperKey, column) >= threshold
                    body(first + column, isKept ? scale : 0)
                }
            }
        }
    }
}
