/// A row-major matrix that belongs to a backend: single-precision numbers in its own aligned memory, or numbers in the
/// memory of a device, which only that device's operations read.
///
/// Kernels write into existing matrices, so a matrix has one writer at a time, and is shared only after it is filled.
public final class Matrix: @unchecked Sendable {
    /// The number of rows.
    public let rowCount: Int
    /// The number of columns, which is also the distance between rows, in elements.
    public let columnCount: Int
    /// The first of `count` elements, aligned to 64 bytes, valid for the lifetime of the matrix. For a matrix on a
    /// device, an address at which nothing is mapped.
    let base: UnsafeMutablePointer<Float>
    private let block: MemoryPool.Block?
    /// Where a device keeps the elements; nil for a matrix in the processor's memory.
    package let storage: (any MatrixStorage)?

    /// A matrix with uninitialized elements.
    public init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0, "sizes are not negative")
        rowCount = rows
        columnCount = columns
        let block = MemoryPool.take(bytes: rows * columns * MemoryLayout<Float>.stride)
        // The block has room for `count` elements.
        base = block.memory.bindMemory(to: Float.self, capacity: max(rows * columns, 1))
        self.block = block
        storage = nil
    }

    /// A matrix whose elements a device keeps.
    package init(rows: Int, columns: Int, storage: any MatrixStorage) {
        precondition(rows >= 0 && columns >= 0, "sizes are not negative")
        rowCount = rows
        columnCount = columns
        self.storage = storage
        block = nil
        // In the first page, which is never mapped, so reading it here, which is a mistake, ends the process.
        guard let nowhere = UnsafeMutablePointer<Float>(bitPattern: 64) else {
            preconditionFailure("only the address 0 is nil")
        }
        base = nowhere
    }

    /// A matrix filled with one value.
    public convenience init(rows: Int, columns: Int, filledWith value: Float) {
        self.init(rows: rows, columns: columns)
        base.initialize(repeating: value, count: count)
    }

    /// A matrix of the given numbers, row by row.
    public convenience init(rows: Int, columns: Int, _ numbers: some Collection<Float>) {
        precondition(numbers.count == rows * columns, "the numbers must fill the matrix")
        self.init(rows: rows, columns: columns)
        _ = UnsafeMutableBufferPointer(start: base, count: count).initialize(from: numbers)
    }

    /// A matrix filled by `fill`, row by row.
    public convenience init<Failure: Error>(
        rows: Int, columns: Int, fill: (inout MutableSpan<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        self.init(rows: rows, columns: columns)
        base.initialize(repeating: 0, count: count)
        var span = UnsafeMutableBufferPointer(start: base, count: count).mutableSpan
        try fill(&span)
    }

    deinit { if let block { MemoryPool.give(block) } }

    /// A copy.
    public func copy() -> Matrix {
        precondition(storage == nil, Self.isElsewhere)
        let other = Matrix(rows: rowCount, columns: columnCount)
        // Both have `count` elements.
        other.base.update(from: base, count: count)
        return other
    }

    /// Adds the elements, row by row, to those of an array, starting at an index.
    public func add(to numbers: inout [Float], from first: Int) {
        precondition(storage == nil, Self.isElsewhere)
        precondition(first >= 0 && first + count <= numbers.count, "the array has room for every number")
        let source = base
        let count = count
        numbers.withUnsafeMutableBufferPointer { numbers in
            // The precondition ensures that all indices exist.
            for index in 0..<count { numbers[first + index] += source[index] }
        }
    }

    /// The number of elements.
    public var count: Int { rowCount * columnCount }

    /// The elements, row by row.
    public var numbers: [Float] {
        precondition(storage == nil, Self.isElsewhere)
        return Array(UnsafeBufferPointer(start: base, count: count))
    }

    /// The elements of some rows.
    public subscript(rows: Range<Int>) -> [Float] {
        precondition(storage == nil, Self.isElsewhere)
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        return Array(
            UnsafeBufferPointer(
                start: base + rows.lowerBound * columnCount, count: rows.count * columnCount))
    }

    private static let isElsewhere = "the elements are in the processor's memory"

    /// The elements of one row.
    public subscript(row: Int) -> [Float] { self[row..<(row + 1)] }
}

/// The memory of a device in which a matrix's elements are.
package protocol MatrixStorage: AnyObject, Sendable {}

/// How precisely a backend keeps the elements of a matrix.
public enum MatrixPrecision: Sendable, Hashable {
    /// In single precision: what many layers add to, such as the residual stream, gradients and losses.
    case full
    /// As the backend's products read their operands: single precision on the processor, BF16 on a GPU.
    case compact
}
