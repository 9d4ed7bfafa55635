internal import Parallelism

/// A matrix with few entries, stored row by row (compressed sparse rows).
public struct SparseMatrix: Sendable {
    /// The column of each entry.
    public let columns: [UInt32]
    /// The value of each entry.
    public let values: [Float]
    /// The index of each row's first entry, and the end of the last row.
    public let starts: [Int]
    /// The number of columns.
    public let columnCount: Int

    /// The number of rows.
    public var rowCount: Int { starts.count - 1 }

    /// A matrix from its entries.
    ///
    /// - Parameters:
    ///   - columns: the column of each entry, below `columnCount`.
    ///   - values: as many values.
    ///   - starts: 0, and the end of each row's entries.
    public init(columns: [UInt32], values: [Float], starts: [Int], columnCount: Int) {
        precondition(
            columns.count == values.count && starts.first == 0 && starts.last == columns.count
                && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 },
            "every entry has a column and belongs to a row")
        precondition(columns.allSatisfy { $0 < columnCount }, "the columns exist")
        self.columns = columns
        self.values = values
        self.starts = starts
        self.columnCount = columnCount
    }

    /// The transpose; the entries of each of its rows are in ascending order of their columns.
    ///
    /// - Complexity: O(entries + columns).
    public func transposed() -> SparseMatrix {
        precondition(rowCount <= Int(UInt32.max), "row indices have 32 bits")
        var ends = [Int](repeating: 0, count: columnCount + 1)
        for column in columns { ends[Int(column) + 1] += 1 }
        for column in 0..<columnCount { ends[column + 1] += ends[column] }
        let starts = ends
        var rows = [UInt32](repeating: 0, count: columns.count)
        var values = [Float](repeating: 0, count: columns.count)
        for row in 0..<rowCount {
            for position in self.starts[row]..<self.starts[row + 1] {
                let place = ends[Int(columns[position])]
                rows[place] = UInt32(row)
                values[place] = self.values[position]
                ends[Int(columns[position])] += 1
            }
        }
        return SparseMatrix(columns: rows, values: values, starts: starts, columnCount: rowCount)
    }

    /// The product with a dense matrix, row by row; each sum is in the order of the entries, in single precision.
    ///
    /// - Parameters:
    ///   - dense: `columnCount` rows of `width` numbers.
    ///   - threads: on how many threads; the result does not depend on it.
    /// - Complexity: O(entries · width).
    public func times(_ dense: [Float], width: Int, threads: Int) -> [Float] {
        precondition(dense.count == columnCount * width, "the sizes agree")
        let blockRows = 256
        let blocks = (rowCount + blockRows - 1) / blockRows
        let parts = Parallel.values(count: blocks, threads: threads) { block in
            times(dense, width: width, rows: (block * blockRows)..<min(rowCount, (block + 1) * blockRows))
        }
        var product: [Float] = []
        product.reserveCapacity(rowCount * width)
        for part in parts { product += part }
        return product
    }

    private func times(_ dense: [Float], width: Int, rows: Range<Int>) -> [Float] {
        [Float](unsafeUninitializedCapacity: rows.count * width) { target, count in
            target.initialize(repeating: 0)
            count = rows.count * width
            guard let target = target.baseAddress else { return }
            columns.withUnsafeBufferPointer { columns in
                values.withUnsafeBufferPointer { values in
                    // Every column is below `columnCount`, the number of rows of `dense`; `target` has `rows.count` rows.
                    dense.withUnsafeBufferPointer { dense in
                        guard let dense = dense.baseAddress else { return }
                        for row in rows {
                            let sum = target + (row - rows.lowerBound) * width
                            for position in starts[row]..<starts[row + 1] {
                                let value = values[position]
                                let source = dense + Int(columns[position]) * width
                                for index in 0..<width { sum[index] += value * source[index] }
                            }
                        }
                    }
                }
            }
        }
    }
}
