extension ProcessorOperations {
    /// y[:, column ..< column + outputs.count] += bias[outputs], in every row.
    public func addBias(_ bias: Matrix, outputs: Range<Int>, to y: Matrix, column: Int) {
        precondition(column >= 0 && column + outputs.count <= y.columnCount, "the columns exist")
        precondition(outputs.lowerBound >= 0 && outputs.upperBound <= bias.count, "the outputs exist")
        let own = bias.base + outputs.lowerBound
        team.pieces(of: y.rowCount, size: 64) { rows in
            for row in rows {
                // The columns exist in every row, and in the bias.
                let numbers = y.base + row * y.columnCount + column
                for index in 0..<outputs.count { numbers[index] += own[index] }
            }
        }
    }

    /// gradient += Σ of the rows of dy[:, column ..< column + gradient.columnCount].
    public func addBiasGradient(_ dy: Matrix, column: Int, to gradient: Matrix) {
        precondition(column >= 0 && column + gradient.columnCount <= dy.columnCount, "the columns exist")
        team.pieces(of: gradient.columnCount, size: 64) { columns in
            for row in 0..<dy.rowCount {
                // The columns exist in every row.
                let numbers = dy.base + row * dy.columnCount + column
                for index in columns { gradient.base[index] += numbers[index] }
            }
        }
    }
}
