internal import FloatFormats

/// Weights as bfloat16: the upper half of a single-precision number.
public struct BFloat16Matrix: WeightStorage {
    /// The number of rows: outputs.
    public let rowCount: Int
    /// The number of columns: inputs.
    public let columnCount: Int
    /// The bit patterns, row by row.
    package let bits: [UInt16]

    /// A matrix with the given bit patterns, row by row.
    public init(rows: Int, columns: Int, bits: [UInt16]) {
        precondition(bits.count == rows * columns, "the bit patterns fill the matrix")
        rowCount = rows
        columnCount = columns
        self.bits = bits
    }

    /// Rounds a matrix to bfloat16, to nearest, ties to even.
    public init(rounding matrix: Matrix) {
        self.init(
            rows: matrix.rowCount, columns: matrix.columnCount, bits: matrix.numbers.map(\.bfloat16))
    }

    /// Writes the elements of some rows, exactly.
    public func dequantize(rows: Range<Int>, into numbers: inout MutableSpan<Float>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        precondition(numbers.count == rows.count * columnCount, "the output has room for every number")
        let first = rows.lowerBound * columnCount
        bits.withUnsafeBufferPointer { bits in
            numbers.withUnsafeMutableBufferPointer { numbers in
                // The preconditions ensure that both indices exist.
                for index in 0..<numbers.count {
                    numbers[index] = Float(bitPattern: UInt32(bits[first + index]) << 16)
                }
            }
        }
    }

    /// Calls `body` with the bit patterns of some rows.
    func withBits(rows: Range<Int>, _ body: (UnsafePointer<UInt16>) -> Void) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        bits.withUnsafeBufferPointer { bits in
            guard let base = bits.baseAddress else { return }
            body(base + rows.lowerBound * columnCount)
        }
    }
}
