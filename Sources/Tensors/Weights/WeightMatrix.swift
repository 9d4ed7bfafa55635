/// A frozen weight matrix, whatever it is kept as: rows are outputs, columns are inputs.
public struct WeightMatrix: Sendable {
    /// The numbers, as they are kept.
    public enum Storage: Sendable {
        /// Single precision.
        case float32(Matrix)
        /// Anything else: brain floats, NF4.
        case compact(any WeightStorage)
    }

    /// The numbers.
    public let storage: Storage

    /// A matrix of single-precision numbers.
    public init(_ matrix: Matrix) { storage = .float32(matrix) }

    /// A matrix that is kept in another form.
    public init(_ compact: some WeightStorage) { storage = .compact(compact) }

    /// Outputs.
    public var rowCount: Int {
        switch storage {
        case .float32(let matrix): matrix.rowCount
        case .compact(let compact): compact.rowCount
        }
    }

    /// Inputs.
    public var columnCount: Int {
        switch storage {
        case .float32(let matrix): matrix.columnCount
        case .compact(let compact): compact.columnCount
        }
    }

    /// The numbers of some rows in single precision.
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

    /// All numbers in single precision.
    public var floats: [Float] { floats(rows: 0..<rowCount) }
}
