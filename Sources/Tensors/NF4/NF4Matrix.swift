/// Weights of 4 bits each: one of 16 codes per element, and a scale per 64 elements (NF4 from QLoRA, with double
/// quantization), in bitsandbytes' layout.
///
/// Blocks are consecutive and may span rows. About 4.13 bits per element.
public struct NF4Matrix: WeightStorage {
    /// The number of rows: outputs of the projection.
    public let rowCount: Int
    /// The number of columns: its inputs.
    public let columnCount: Int
    /// Two codes per byte, high four bits first, row by row.
    public let codes: [UInt8]
    /// The scales of the blocks.
    public let scales: BlockScales

    /// The 16 values of the codes.
    public static var values: [Float] { NF4Code.values }

    /// A matrix from its parts; nil if they do not match its size.
    public init?(rows: Int, columns: Int, codes: [UInt8], scales: BlockScales) {
        let (count, overflows) = rows.multipliedReportingOverflow(by: columns)
        guard rows >= 0, columns >= 0, !overflows, codes.count == (count + 1) / 2,
            scales.codes.count == (count + NF4Code.blockSize - 1) / NF4Code.blockSize
        else { return nil }
        rowCount = rows
        columnCount = columns
        self.codes = codes
        self.scales = scales
    }

    /// Writes the elements of some rows, row by row; see `WeightStorage`.
    public func dequantize(rows: Range<Int>, into numbers: inout MutableSpan<Float>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        precondition(numbers.count == rows.count * columnCount, "the output has room for every number")
        let first = rows.lowerBound * columnCount
        let last = rows.upperBound * columnCount
        codes.withUnsafeBufferPointer { codes in
            NF4Code.pairs.withUnsafeBufferPointer { pairs in
                numbers.withUnsafeMutableBufferPointer { numbers in
                    guard let base = numbers.baseAddress else { return }
                    var place = first
                    while place < last {
                        let block = place / NF4Code.blockSize
                        let end = min((block + 1) * NF4Code.blockSize, last)
                        let scale = scales[block]
                        if place & 1 == 1 {
                            base[place - first] = pairs[Int(codes[place >> 1])].y * scale
                            place += 1
                        }
                        // place … end are within the rows: codes has their bytes and `base` room for them, and pairs
                        // are stored unaligned.
                        while place + 1 < end {
                            let pair = pairs[Int(codes[place >> 1])] * scale
                            UnsafeMutableRawPointer(base + (place - first)).storeBytes(
                                of: pair, as: SIMD2<Float>.self)
                            place += 2
                        }
                        if place < end {
                            base[place - first] = pairs[Int(codes[place >> 1])].x * scale
                            place += 1
                        }
                    }
                }
            }
        }
    }
}
