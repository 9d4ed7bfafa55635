/// A storage format of a frozen weight matrix, from which rows can be decoded to single precision.
///
/// Products ask for panels of a few hundred rows, each once per product, from several threads at a time.
public protocol WeightStorage: Sendable {
    /// The number of rows: outputs of the projection.
    var rowCount: Int { get }
    /// The number of columns: its inputs.
    var columnCount: Int { get }

    /// Writes the elements of some rows, row by row.
    ///
    /// - Parameters:
    /// - rows: the rows, within `0 ..< rowCount`.
    /// - numbers: room for `rows.count * columnCount` elements, all of which are written.
    func dequantize(rows: Range<Int>, into numbers: inout MutableSpan<Float>)
}
