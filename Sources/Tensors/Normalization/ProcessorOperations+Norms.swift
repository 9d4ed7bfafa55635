extension ProcessorOperations {
    private static let normRows = 32

    /// y ← gain ∘ x / √(mean x² + ε), row by row, optionally added to y (Zhang and Sennrich 2019).
    public func normalize(
        _ x: Matrix, gain: Matrix, epsilon: Float, adding: Bool = false, into y: Matrix
    ) {
        let columns = x.columnCount
        precondition(gain.count == columns && y.columnCount == columns, "the sizes agree")
        precondition(x.rowCount == y.rowCount, "the sizes agree")
        let gain = UnsafePointer(gain.base)
        team.pieces(of: x.rowCount, size: Self.normRows) { rows in
            for row in rows {
                // Each row has `columns` numbers.
                let source = UnsafePointer(x.base + row * columns)
                let target = y.base + row * columns
                let inverse = Self.inverseRoot(source, columns, epsilon)
                if adding {
                    for column in 0..<columns {
                        target[column] += source[column] * inverse * gain[column]
                    }
                } else {
                    for column in 0..<columns { target[column] = source[column] * inverse * gain[column] }
                }
            }
        }
    }

    /// The backward pass of `normalize`: sets dx or adds to it, and adds to the gain's gradient if requested.
    ///
    /// With r = 1 / √(mean x² + ε): dxⱼ = r gⱼ dyⱼ − xⱼ r³ (Σ gᵢ dyᵢ xᵢ) / n.
    public func normalizeBackward(
        _ x: Matrix, gain: Matrix, epsilon: Float, _ dy: Matrix, adding: Bool = false, into dx: Matrix,
        gainGradient: Matrix? = nil
    ) {
        let columns = x.columnCount
        precondition(gain.count == columns && dy.columnCount == columns, "the sizes agree")
        precondition(dx.columnCount == columns && dx.rowCount == x.rowCount, "the sizes agree")
        precondition(dy.rowCount == x.rowCount, "the sizes agree")
        precondition(gainGradient.map { $0.count == columns } ?? true, "the sizes agree")
        let pieces = (x.rowCount + Self.normRows - 1) / Self.normRows
        // One sum per piece, so that the order of addition does not depend on the threads.
        let sums = gainGradient.map { _ in Matrix(rows: pieces, columns: columns, filledWith: 0) }
        let gain = UnsafePointer(gain.base)
        team.pieces(of: x.rowCount, size: Self.normRows) { rows in
            let sum = sums.map { $0.base + rows.lowerBound / Self.normRows * columns }
            for row in rows {
                // Each row has `columns` numbers, and so does the gain.
                let source = UnsafePointer(x.base + row * columns)
                let above = UnsafePointer(dy.base + row * columns)
                let target = dx.base + row * columns
                let inverse = Self.inverseRoot(source, columns, epsilon)
                let product = Reductions.sum(
                    columns,
                    vector: { gain.sixteen($0) * above.sixteen($0) * source.sixteen($0) },
                    scalar: { gain[$0] * above[$0] * source[$0] })
                let slope = inverse * inverse * inverse * product / Float(columns)
                if adding {
                    for column in 0..<columns {
                        target[column] += inverse * gain[column] * above[column] - slope * source[column]
                    }
                } else {
                    for column in 0..<columns {
                        target[column] = inverse * gain[column] * above[column] - slope * source[column]
                    }
                }
                if let sum {
                    for column in 0..<columns { sum[column] += above[column] * source[column] * inverse }
                }
            }
        }
        guard let sums, let gainGradient else { return }
        for piece in 0..<pieces {
            for column in 0..<columns {
                gainGradient.base[column] += sums.base[piece * columns + column]
            }
        }
    }

    @inline(__always)
    static func inverseRoot(_ x: UnsafePointer<Float>, _ count: Int, _ epsilon: Float) -> Float {
        let sum = Reductions.sum(
            count, vector: { x.sixteen($0) * x.sixteen($0) }, scalar: { x[$0] * x[$0] })
        return 1 / (sum / Float(count) + epsilon).squareRoot()
    }
}
