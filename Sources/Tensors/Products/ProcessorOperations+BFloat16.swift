/// Products with a model's weights whose factors are rounded to bfloat16.
extension ProcessorOperations {
    /// The rows of a product at a time. A last tile has fewer, rounded up so that few shapes occur.
    private static let brainRows = 1_024
    private static let brainStep = 64
    /// The columns of a product at a time.
    private static let brainColumns = 256
    /// The longest sums in one product.
    private static let brainInner = 8_192
    /// Smaller matrices, such as an adapter's, stay in single precision: they would gain little.
    private static let brainSmallest = 128

    /// The library, if a product is to use bfloat16.
    func brain(outputs: Int, inputs: Int) -> BFloat16Product? {
        min(outputs, inputs) < Self.brainSmallest ? nil : brainProduct
    }

    /// Like `multiply`, which has checked the sizes.
    func multiply(
        _ product: BFloat16Product, _ x: Matrix, by weight: WeightMatrix, outputs: Range<Int>, scale: Float,
        adding: Bool, into y: Matrix, column: Int
    ) {
        let inputs = x.columnCount
        let left = rounded(x, columns: 0..<inputs)
        defer { withExtendedLifetime(left) {} }
        team.pieces(of: outputs.count, size: Self.brainColumns) { piece in
            let rows = (outputs.lowerBound + piece.lowerBound)..<(outputs.lowerBound + piece.upperBound)
            weight.withBFloat16(rows: rows) { right in
                for tile in Self.rowTiles(x.rowCount) {
                    let sums = Matrix(rows: tile.padded, columns: piece.count)
                    product.multiply(
                        .init(
                            rows: tile.padded, columns: piece.count, inner: inputs, leftStride: inputs,
                            rightStride: inputs, isTransposed: true),
                        left.base + tile.rows.lowerBound * inputs, right, into: sums.base)
                    Self.put(
                        sums, tile.rows, scale: scale, adding: adding, into: y,
                        column: column + piece.lowerBound)
                }
            }
        }
    }

    /// Like `multiplyBackward`, which has checked the sizes.
    func multiplyBackward(
        _ product: BFloat16Product, _ dy: Matrix, column: Int, by weight: WeightMatrix, outputs: Range<Int>,
        scale: Float, adding: Bool, into dx: Matrix
    ) {
        let inputs = dx.columnCount
        for first in stride(from: 0, to: outputs.count, by: Self.brainInner) {
            let inner = min(Self.brainInner, outputs.count - first)
            let left = rounded(dy, columns: (column + first)..<(column + first + inner))
            defer { withExtendedLifetime(left) {} }
            let start = outputs.lowerBound + first
            withBFloat16(weight, rows: start..<(start + inner)) { right in
                let across = (inputs + Self.brainColumns - 1) / Self.brainColumns
                let tiles = Self.rowTiles(dx.rowCount)
                team.perform(tiles.count * across) { task in
                    let tile = tiles[task / across]
                    let place = task % across * Self.brainColumns
                    let count = min(Self.brainColumns, inputs - place)
                    let sums = Matrix(rows: tile.padded, columns: count)
                    product.multiply(
                        .init(
                            rows: tile.padded, columns: count, inner: inner, leftStride: inner,
                            rightStride: inputs, isTransposed: false),
                        left.base + tile.rows.lowerBound * inner, right + place, into: sums.base)
                    Self.put(
                        sums, tile.rows, scale: scale, adding: adding || first > 0, into: dx, column: place)
                }
            }
        }
    }

    /// Tiles that cover all rows, and the number of rows of each, with the padding of the last one.
    private static func rowTiles(_ count: Int) -> [(rows: Range<Int>, padded: Int)] {
        stride(from: 0, to: count, by: brainRows).map { start in
            let rows = start..<min(start + brainRows, count)
            return (rows, (rows.count + brainStep - 1) / brainStep * brainStep)
        }
    }

    /// Some columns of a matrix, rounded, followed by rows of zeros that fill the last tile.
    private func rounded(_ x: Matrix, columns: Range<Int>) -> BFloat16Scratch {
        let width = columns.count
        let padded = Self.rowTiles(x.rowCount).reduce(0) { $0 + $1.padded }
        let result = BFloat16Scratch(count: padded * width)
        team.pieces(of: x.rowCount, size: 64) { rows in
            for row in rows {
                // The columns exist in every row, and the result has a row for each.
                BFloat16Scratch.round(
                    x.base + row * x.columnCount + columns.lowerBound, width, into: result.base + row * width)
            }
        }
        (result.base + x.rowCount * width).initialize(repeating: 0, count: (padded - x.rowCount) * width)
        return result
    }

    /// y[rows, column…] ← scale · sums, or added to it; rows beyond them in `sums` are dropped.
    private static func put(
        _ sums: Matrix, _ rows: Range<Int>, scale: Float, adding: Bool, into y: Matrix, column: Int
    ) {
        let width = sums.columnCount
        for row in rows {
            // The caller has checked that the columns exist in every row.
            let source = sums.base + (row - rows.lowerBound) * width
            let target = y.base + row * y.columnCount + column
            if adding {
                for index in 0..<width { target[index] += scale * source[index] }
            } else {
                for index in 0..<width { target[index] = scale * source[index] }
            }
        }
    }

    /// Some rows of a weight as bfloat16; if necessary, all threads unpack and round them together.
    private func withBFloat16(
        _ weight: WeightMatrix, rows: Range<Int>, _ body: (UnsafePointer<UInt16>) -> Void
    ) {
        if weight.isBFloat16 { return weight.withBFloat16(rows: rows, body) }
        let width = weight.columnCount
        let all = BFloat16Scratch(count: rows.count * width)
        team.pieces(of: rows.count, size: 64) { piece in
            let part = (rows.lowerBound + piece.lowerBound)..<(rows.lowerBound + piece.upperBound)
            weight.round(rows: part, into: all.base + piece.lowerBound * width)
        }
        withExtendedLifetime(all) { body(all.base) }
    }
}
