extension ProcessorOperations {
    // Results must not depend on the number of threads, so the size of each product depends only on the shapes.
    private static let rowTile = 256
    private static let columnTile = 512
    private static let panelRows = 256
    private static let innerPiece = 8_192

    /// y[:, column ..< column + outputs.count] ← scale · x · weight[outputs]ᵀ, optionally added to y.
    public func multiply(
        _ x: Matrix, by weight: WeightMatrix, outputs: Range<Int>, scale: Float = 1, adding: Bool = false,
        into y: Matrix, column: Int = 0
    ) {
        let inputs = x.columnCount
        precondition(inputs == weight.columnCount && x.rowCount == y.rowCount, "the sizes agree")
        precondition(outputs.lowerBound >= 0 && outputs.upperBound <= weight.rowCount, "the outputs exist")
        precondition(
            column >= 0 && column + outputs.count <= y.columnCount, "the output has room for every number")
        if let brain = brain(outputs: outputs.count, inputs: inputs) {
            return multiply(
                brain, x, by: weight, outputs: outputs, scale: scale, adding: adding, into: y, column: column)
        }
        switch weight.storage {
        case .float32(let matrix):
            tiles(rows: x.rowCount, columns: outputs.count) { rows, columns in
                // Both ranges are within the bounds checked above.
                product.multiply(
                    rows: rows.count, columns: columns.count, inner: inputs, scale: scale,
                    .init(x.base + rows.lowerBound * inputs, stride: inputs),
                    .init(
                        matrix.base + (outputs.lowerBound + columns.lowerBound) * inputs, stride: inputs,
                        transposed: true),
                    keeping: adding ? 1 : 0,
                    into: y.base + rows.lowerBound * y.columnCount + column + columns.lowerBound,
                    stride: y.columnCount)
            }
        case .compact(let compact):
            team.pieces(of: outputs.count, size: Self.panelRows) { piece in
                let panel = Self.panel(compact, outputs.lowerBound + piece.lowerBound, piece.count)
                product.multiply(
                    rows: x.rowCount, columns: piece.count, inner: inputs, scale: scale,
                    .init(x.base, stride: inputs), .init(panel.base, stride: inputs, transposed: true),
                    keeping: adding ? 1 : 0, into: y.base + column + piece.lowerBound, stride: y.columnCount)
            }
        }
    }

    /// dx ← scale · dy[:, column ..< column + outputs.count] · weight[outputs], optionally added to dx.
    public func multiplyBackward(
        _ dy: Matrix, column: Int = 0, by weight: WeightMatrix, outputs: Range<Int>, scale: Float = 1,
        adding: Bool = false, into dx: Matrix
    ) {
        let inputs = dx.columnCount
        precondition(inputs == weight.columnCount && dx.rowCount == dy.rowCount, "the sizes agree")
        precondition(outputs.lowerBound >= 0 && outputs.upperBound <= weight.rowCount, "the outputs exist")
        precondition(column >= 0 && column + outputs.count <= dy.columnCount, "the columns exist")
        if let brain = brain(outputs: outputs.count, inputs: inputs) {
            return multiplyBackward(
                brain, dy, column: column, by: weight, outputs: outputs, scale: scale, adding: adding,
                into: dx)
        }
        if dx.rowCount <= Self.rowTile && outputs.count > Self.innerPiece {
            return backwardByPieces(
                dy, column, weight, outputs, scale: scale, adding: adding, into: dx)
        }
        switch weight.storage {
        case .float32(let matrix):
            backward(
                dy, column, matrix.base + outputs.lowerBound * inputs, outputs.count, scale: scale,
                adding: adding, into: dx)
        case .compact(let compact):
            // All threads unpack a large panel together, then multiply it together.
            let panelRows = 4 * Self.panelRows
            var first = 0
            while first < outputs.count {
                let count = min(panelRows, outputs.count - first)
                let start = outputs.lowerBound + first
                let panel = Matrix(rows: count, columns: inputs)
                team.pieces(of: count, size: 64) { piece in
                    Self.unpack(compact, start + piece.lowerBound, piece.count, into: panel, piece.lowerBound)
                }
                backward(
                    dy, column + first, panel.base, count, scale: scale, adding: adding || first > 0, into: dx
                )
                first += count
            }
        }
    }

    /// gradient[outputs] += scale · dy[:, column ..< column + outputs.count]ᵀ · x.
    public func addWeightGradient(
        _ dy: Matrix, column: Int = 0, outputs: Range<Int>, _ x: Matrix, scale: Float = 1,
        to gradient: Matrix
    ) {
        let inputs = x.columnCount
        precondition(inputs == gradient.columnCount && x.rowCount == dy.rowCount, "the sizes agree")
        precondition(outputs.lowerBound >= 0 && outputs.upperBound <= gradient.rowCount, "the rows exist")
        precondition(column >= 0 && column + outputs.count <= dy.columnCount, "the columns exist")
        tiles(rows: outputs.count, columns: inputs) { rows, columns in
            // Both ranges are within the bounds checked above.
            product.multiply(
                rows: rows.count, columns: columns.count, inner: x.rowCount, scale: scale,
                .init(dy.base + column + rows.lowerBound, stride: dy.columnCount, transposed: true),
                .init(x.base + columns.lowerBound, stride: inputs), keeping: 1,
                into: gradient.base + (outputs.lowerBound + rows.lowerBound) * inputs + columns.lowerBound,
                stride: inputs)
        }
    }

    /// dx ← scale · dy[:, column ..< column + inner] · b, where b has `inner` rows as wide as dx.
    private func backward(
        _ dy: Matrix, _ column: Int, _ b: UnsafeMutablePointer<Float>, _ inner: Int, scale: Float,
        adding: Bool, into dx: Matrix
    ) {
        let inputs = dx.columnCount
        tiles(rows: dx.rowCount, columns: inputs) { rows, columns in
            // The caller has checked that all sizes agree.
            product.multiply(
                rows: rows.count, columns: columns.count, inner: inner, scale: scale,
                .init(dy.base + rows.lowerBound * dy.columnCount + column, stride: dy.columnCount),
                .init(b + columns.lowerBound, stride: inputs), keeping: adding ? 1 : 0,
                into: dx.base + rows.lowerBound * inputs + columns.lowerBound, stride: inputs)
        }
    }

    /// The same for few rows and very many outputs, as in a head: sums over pieces of the outputs, then their sum.
    private func backwardByPieces(
        _ dy: Matrix, _ column: Int, _ weight: WeightMatrix, _ outputs: Range<Int>, scale: Float,
        adding: Bool, into dx: Matrix
    ) {
        let inputs = dx.columnCount
        let pieces = (outputs.count + Self.innerPiece - 1) / Self.innerPiece
        let sums = Matrix(rows: pieces, columns: dx.count)
        team.pieces(of: outputs.count, size: Self.innerPiece) { piece in
            let sum = sums.base + piece.lowerBound / Self.innerPiece * dx.count
            var first = piece.lowerBound
            while first < piece.upperBound {
                var count = piece.upperBound - first
                var panel: Matrix?
                let b: UnsafeMutablePointer<Float>
                switch weight.storage {
                case .float32(let matrix): b = matrix.base + (outputs.lowerBound + first) * inputs
                case .compact(let compact):
                    count = min(count, Self.panelRows)
                    let unpacked = Self.panel(compact, outputs.lowerBound + first, count)
                    panel = unpacked
                    b = unpacked.base
                }
                // `panel` keeps alive what b points to.
                withExtendedLifetime(panel) {
                    product.multiply(
                        rows: dx.rowCount, columns: inputs, inner: count, scale: scale,
                        .init(dy.base + column + first, stride: dy.columnCount), .init(b, stride: inputs),
                        keeping: first > piece.lowerBound ? 1 : 0, into: sum, stride: inputs)
                }
                first += count
            }
        }
        for index in 0..<dx.count {
            var total = adding ? dx.base[index] : 0
            for piece in 0..<pieces { total += sums.base[piece * dx.count + index] }
            dx.base[index] = total
        }
    }

    /// Calls `body` for tiles that cover a matrix; their sizes depend only on the size of the matrix.
    private func tiles(rows: Int, columns: Int, _ body: (Range<Int>, Range<Int>) -> Void) {
        let across = (columns + Self.columnTile - 1) / Self.columnTile
        let down = (rows + Self.rowTile - 1) / Self.rowTile
        team.perform(down * across) { tile in
            let row = tile / across * Self.rowTile
            let column = tile % across * Self.columnTile
            body(row..<min(row + Self.rowTile, rows), column..<min(column + Self.columnTile, columns))
        }
    }

    /// Some rows of a compact matrix, in single precision.
    private static func panel(_ compact: any WeightStorage, _ start: Int, _ count: Int) -> Matrix {
        let panel = Matrix(rows: count, columns: compact.columnCount)
        unpack(compact, start, count, into: panel, 0)
        return panel
    }

    private static func unpack(
        _ compact: any WeightStorage, _ start: Int, _ count: Int, into panel: Matrix, _ row: Int
    ) {
        let columns = compact.columnCount
        // `count` rows from `row` on are within the panel.
        var span = UnsafeMutableBufferPointer(start: panel.base + row * columns, count: count * columns)
            .mutableSpan
        compact.dequantize(rows: start..<(start + count), into: &span)
    }
}
