package import FeatureTables
import Tensors

/// How the features of tables become columns of a design matrix.
///
/// With the features p of a prompt and a and b of the responses, p and |a − b| do not change if A and B are exchanged, and
/// a − b changes sign. Each column is divided by its deviation in the training rows.
package struct TableScaling: Sendable {
    /// The numbers of features of each table.
    package let widths: [RowFeatures.Widths]
    /// The mean of each column; 0 for differences.
    let means: [Double]
    /// The standard deviation of each column.
    let deviations: [Double]

    /// No tables.
    package static let none = TableScaling(widths: [], means: [], deviations: [])

    init(widths: [RowFeatures.Widths], means: [Double], deviations: [Double]) {
        precondition(
            means.count == Self.columnCount(widths) && deviations.count == means.count,
            "every column has a scale")
        self.widths = widths
        self.means = means
        self.deviations = deviations
    }

    /// The number of columns.
    var columnCount: Int { means.count }

    static func columnCount(_ widths: [RowFeatures.Widths]) -> Int {
        widths.reduce(0) { $0 + $1.prompt + 2 * $1.answer }
    }

    /// The scales of training rows.
    package init(fitting tables: [RowFeatures], rows: Int) {
        let widths = tables.map(\.widths)
        let count = Self.columnCount(widths)
        var sums = [Double](repeating: 0, count: count)
        var squares = sums
        for row in 0..<rows {
            Self.visit(tables, row) { column, value, isOdd in
                sums[column] += isOdd ? 0 : value
                squares[column] += value * value
            }
        }
        let total = Double(max(rows, 1))
        let means = sums.map { $0 / total }
        let deviations = zip(squares, means).map { square, mean in
            let variance = square / total - mean * mean
            return variance > 1e-12 ? variance.squareRoot() : 1
        }
        self.init(widths: widths, means: means, deviations: deviations)
    }

    /// Appends a row's columns, the first of which is `first`, to the current row of a matrix.
    func append(_ tables: [RowFeatures], _ row: Int, from first: Int, to matrix: inout SparsePairMatrix) {
        Self.visit(tables, row) { column, value, isOdd in
            let scaled = Float(
                max(-Self.limit, min(Self.limit, (value - means[column]) / deviations[column])))
            matrix.append(isOdd ? SIMD2(scaled, 0) : SIMD2(0, scaled), column: first + column)
        }
    }

    /// Values that are more deviations away count as this many.
    private static let limit = 6.0

    /// Calls `body` with each column's index, unscaled value, and whether it changes sign if A and B are exchanged.
    private static func visit(_ tables: [RowFeatures], _ row: Int, _ body: (Int, Double, Bool) -> Void) {
        var column = 0
        for table in tables {
            let widths = table.widths
            let start = row * widths.total
            for index in 0..<widths.prompt {
                body(column, Double(table.values[start + index]), false)
                column += 1
            }
            let a = start + widths.prompt
            for index in 0..<widths.answer {
                let difference =
                    Double(table.values[a + index]) - Double(table.values[a + widths.answer + index])
                body(column, difference, true)
                body(column + 1, abs(difference), false)
                column += 2
            }
        }
    }
}
