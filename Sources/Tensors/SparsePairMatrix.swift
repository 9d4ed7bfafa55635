/// Two sparse matrices D and E with the same sparsity pattern, stored row by row (compressed sparse rows).
///
/// Evaluates two linear functions of the same features in one pass: each entry is a pair (d, e), and a vector of pairs
/// (x, y) is multiplied as (D x, E y).
public struct SparsePairMatrix: Sendable {
    /// The column of each entry, ascending within a row.
    public private(set) var columns: [UInt32] = []
    /// The value of each entry.
    public private(set) var pairs: [SIMD2<Float>] = []
    /// The index of each row's first entry, and the end of the last row.
    public private(set) var starts = [0]
    /// The number of columns.
    public private(set) var columnCount: Int

    /// The number of rows.
    public var rowCount: Int { starts.count - 1 }

    /// A matrix without rows.
    public init(columnCount: Int) {
        precondition(columnCount >= 0 && columnCount <= Int(UInt32.max), "column indices have 32 bits")
        self.columnCount = columnCount
    }

    private init(columns: [UInt32], pairs: [SIMD2<Float>], starts: [Int], columnCount: Int) {
        self.columns = columns
        self.pairs = pairs
        self.starts = starts
        self.columnCount = columnCount
    }

    /// Adds an entry to the current row, which `endRow` ends. Columns must ascend.
    public mutating func append(_ pair: SIMD2<Float>, column: Int) {
        precondition(column < columnCount, "the column exists")
        columns.append(UInt32(column))
        pairs.append(pair)
    }

    /// Ends the current row.
    public mutating func endRow() { starts.append(columns.count) }

    /// Appends all rows of a matrix with the same number of columns.
    public mutating func append(_ other: SparsePairMatrix) {
        precondition(other.columnCount == columnCount, "the matrices are equally wide")
        let base = columns.count
        columns += other.columns
        pairs += other.pairs
        starts += other.starts.dropFirst().map { $0 + base }
    }

    /// (Σ dⱼ xⱼ, Σ eⱼ yⱼ) for each of `rows`, summed in double precision in column order.
    ///
    /// A row's result depends only on the row; negating every d negates every first result bit by bit.
    ///
    /// - Parameter vector: a pair (x, y) per column.
    /// - Complexity: O(entries of `rows`).
    public func products(_ rows: Range<Int>, _ vector: [SIMD2<Float>]) -> [SIMD2<Double>] {
        precondition(vector.count == columnCount && rows.upperBound <= rowCount, "the sizes agree")
        return columns.withUnsafeBufferPointer { columns in
            pairs.withUnsafeBufferPointer { pairs in
                // Every column is below `columnCount`, the length of the vector; every start is within the entries.
                vector.withUnsafeBufferPointer { vector in
                    rows.map { row in
                        let end = starts[row + 1]
                        var position = starts[row]
                        var even = SIMD2<Double>.zero
                        var odd = SIMD2<Double>.zero
                        // Two independent sums, for instruction-level parallelism.
                        while position + 1 < end {
                            even += SIMD2(pairs[position] * vector[Int(columns[position])])
                            odd += SIMD2(pairs[position + 1] * vector[Int(columns[position + 1])])
                            position += 2
                        }
                        if position < end { even += SIMD2(pairs[position] * vector[Int(columns[position])]) }
                        return even + odd
                    }
                }
            }
        }
    }

    /// The transpose: row j of the result is column j, with entries in row order.
    ///
    /// - Complexity: O(entries + columns).
    public func transposed() -> SparsePairMatrix {
        precondition(rowCount <= Int(UInt32.max), "row indices have 32 bits")
        var ends = [Int](repeating: 0, count: columnCount + 1)
        for column in columns { ends[Int(column) + 1] += 1 }
        for column in 0..<columnCount { ends[column + 1] += ends[column] }
        let starts = ends
        var rows = [UInt32](repeating: 0, count: columns.count)
        var values = [SIMD2<Float>](repeating: .zero, count: columns.count)
        for row in 0..<rowCount {
            for position in self.starts[row]..<self.starts[row + 1] {
                let column = Int(columns[position])
                rows[ends[column]] = UInt32(row)
                values[ends[column]] = pairs[position]
                ends[column] += 1
            }
        }
        return SparsePairMatrix(columns: rows, pairs: values, starts: starts, columnCount: rowCount)
    }

    /// The matrix without its empty columns, and the columns that remain, ascending.
    ///
    /// - Complexity: O(entries + columns).
    public func compacted() -> (matrix: SparsePairMatrix, columns: [Int]) {
        var places = [UInt32](repeating: .max, count: columnCount)
        for column in columns { places[Int(column)] = 0 }
        let kept = (0..<columnCount).filter { places[$0] == 0 }
        for (place, column) in kept.enumerated() { places[column] = UInt32(place) }
        let matrix = SparsePairMatrix(
            columns: columns.map { places[Int($0)] }, pairs: pairs, starts: starts, columnCount: kept.count)
        return (matrix, kept)
    }

    /// The pair (−D, E).
    public var negatingFirst: SparsePairMatrix {
        SparsePairMatrix(
            columns: columns, pairs: pairs.map { SIMD2(-$0.x, $0.y) }, starts: starts,
            columnCount: columnCount)
    }
}
