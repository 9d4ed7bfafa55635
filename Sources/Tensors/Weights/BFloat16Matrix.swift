internal import FloatFormats

/// Weights as brain floats: the upper half of a single-precision number.
public struct BFloat16Matrix: WeightStorage {
    /// Outputs.
    public let rowCount: Int
    /// Inputs.
    public let columnCount: Int
    private let bits: [UInt16]

    /// A matrix of the given bit patterns, row by row.
    public init(rows: Int, columns: Int, bits: [UInt16]) {
        precondition(bits.count == rows * columns, "there are as many numbers as places")
        rowCount = rows
        columnCount = columns
        self.bits = bits
    }

    /// A matrix of the nearest brain floats, ties to even.
    public init(rounding matrix: Matrix) {
        self.init(
            rows: matrix.rowCount, columns: matrix.columnCount, bits: matrix.numbers.map(\.bfloat16))
    }

    /// Writes the numbers of some rows, which are exact.
    public func dequantize(rows: Range<Int>, into numbers: inout MutableSpan<Float>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        precondition(numbers.count == rows.count * columnCount, "there is a place for each number")
        let first = rows.lowerBound * columnCount
        bits.withUnsafeBufferPointer { bits in
            numbers.withUnsafeMutableBufferPointer { numbers in
                // Both indices are within what the preconditions say is there.
                for index in 0..<numbers.count {
                    numbers[index] = Float(bitPattern: UInt32(bits[first + index]) << 16)
                }
            }
        }
    }
}
