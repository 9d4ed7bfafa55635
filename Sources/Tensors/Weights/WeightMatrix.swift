/// A frozen weight matrix in any storage format: rows are outputs, columns are inputs.
public struct WeightMatrix: Sendable {
    /// How the elements are stored.
    public enum Storage: Sendable {
        /// Single precision.
        case float32(Matrix)
        /// Anything else: bfloat16, NF4.
        case compact(any WeightStorage)
    }

    /// The elements.
    public let storage: Storage

    /// A matrix of single-precision numbers.
    public init(_ matrix: Matrix) { storage = .float32(matrix) }

    /// A matrix stored in another format.
    public init(_ compact: some WeightStorage) { storage = .compact(compact) }

    /// The number of rows: outputs.
    public var rowCount: Int {
        switch storage {
        case .float32(let matrix): matrix.rowCount
        case .compact(let compact): compact.rowCount
        }
    }

    /// The number of columns: inputs.
    public var columnCount: Int {
        switch storage {
        case .float32(let matrix): matrix.columnCount
        case .compact(let compact): compact.columnCount
        }
    }

    /// The elements of some rows, in single precision.
    public func floats(rows: Range<Int>) -> [Float] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        switch storage {
        case .float32(let matrix): return matrix[rows]
        case .compact(let compact):
            var numbers = [Float](repeating: 0, count: rows.count * columnCount)
            var span = numbers.mutableSpan
            compact.dequantize(rows: rows, into: &span)
            return numbers
        }
    }

    /// All elements, in single precision.
    public var floats: [Float] { floats(rows: 0..<rowCount) }
}
