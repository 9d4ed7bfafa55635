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
    private let block: MemoryPool.Block

    /// A matrix whose numbers are not set yet.
    public init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0, "a matrix has no negative size")
        rowCount = rows
        columnCount = columns
        block = MemoryPool.take(bytes: rows * columns * MemoryLayout<Float>.stride)
        // The block has room for `count` numbers.
        base = block.memory.bindMemory(to: Float.self, capacity: max(rows * columns, 1))
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

    deinit { MemoryPool.give(block) }

    /// A matrix of the same numbers.
    public func copy() -> Matrix {
        let other = Matrix(rows: rowCount, columns: columnCount)
        // Both have `count` numbers.
        other.base.update(from: base, count: count)
        return other
    }

    /// Adds the numbers, row by row, to those of an array from an index on.
    public func add(to numbers: inout [Float], from first: Int) {
        precondition(first >= 0 && first + count <= numbers.count, "there is a place for each")
        let source = base
        let count = count
        numbers.withUnsafeMutableBufferPointer { numbers in
            // The precondition says that all indices exist.
            for index in 0..<count { numbers[first + index] += source[index] }
        }
    }

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
