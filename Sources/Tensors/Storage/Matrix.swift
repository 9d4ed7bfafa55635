internal import Glibc

/// A matrix of single-precision numbers, row by row, in aligned memory of its own.
///
/// Kernels write into matrices that exist; so a matrix has one writer at a time, and is shared only once it is filled.
public final class Matrix: @unchecked Sendable {
    /// The number of rows.
    public let rowCount: Int
    /// The number of columns; also the distance between rows, in numbers.
    public let columnCount: Int
    /// The first number. There are `count`, aligned to 64 bytes, for as long as the matrix lives.
    let base: UnsafeMutablePointer<Float>

    /// A matrix whose numbers are not set yet.
    public init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0, "a matrix has no negative size")
        rowCount = rows
        columnCount = columns
        // One number more than none, so that there is always a pointer.
        let bytes = max(rows * columns, 1) * MemoryLayout<Float>.stride
        guard let memory = aligned_alloc(64, (bytes + 63) / 64 * 64) else {
            fatalError("no memory for a matrix of \(rows) by \(columns) numbers")
        }
        base = memory.bindMemory(to: Float.self, capacity: max(rows * columns, 1))
    }

    /// A matrix of one value.
    public convenience init(rows: Int, columns: Int, filledWith value: Float) {
        self.init(rows: rows, columns: columns)
        base.initialize(repeating: value, count: count)
    }

    /// A matrix of the given numbers, row by row.
    public convenience init(rows: Int, columns: Int, _ numbers: some Collection<Float>) {
        precondition(numbers.count == rows * columns, "there are as many numbers as places")
        self.init(rows: rows, columns: columns)
        _ = UnsafeMutableBufferPointer(start: base, count: count).initialize(from: numbers)
    }

    /// A matrix that `fill` fills, row by row.
    public convenience init<Failure: Error>(
        rows: Int, columns: Int, fill: (inout MutableSpan<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        self.init(rows: rows, columns: columns)
        base.initialize(repeating: 0, count: count)
        var span = UnsafeMutableBufferPointer(start: base, count: count).mutableSpan
        try fill(&span)
    }

    deinit { free(base) }

    /// The number of numbers.
    public var count: Int { rowCount * columnCount }

    /// The numbers, row by row.
    public var numbers: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

    /// The numbers of some rows.
    public subscript(rows: Range<Int>) -> [Float] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        return Array(
            UnsafeBufferPointer(
                start: base + rows.lowerBound * columnCount, count: rows.count * columnCount))
    }

    /// The numbers of one row.
    public subscript(row: Int) -> [Float] { self[row..<(row + 1)] }
}
