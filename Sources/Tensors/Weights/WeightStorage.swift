/// How a frozen weight matrix is kept: anything that can give some of its rows as single-precision numbers.
///
/// Products ask for panels of some hundred rows, each once per product, from several threads at a time.
public protocol WeightStorage: Sendable {
    /// Rows: outputs of the projection.
    var rowCount: Int { get }
    /// Columns: its inputs.
    var columnCount: Int { get }

    /// Writes the numbers of some rows, row by row.
    ///
    /// - Parameters:
    ///   - rows: which rows; within `0 ..< rowCount`.
    ///   - numbers: `rows.count * columnCount` places, all of which are written.
    func dequantize(rows: Range<Int>, into numbers: inout MutableSpan<Float>)
}
