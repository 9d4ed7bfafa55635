/// Sparse vectors: for each, its nonzero buckets, ascending, and their values.
package struct SparseRows: Sendable {
    package private(set) var buckets: [UInt32] = []
    package private(set) var values: [Float] = []
    package private(set) var starts = [0]

    /// The number of vectors.
    package var count: Int { starts.count - 1 }

    /// Adds an entry to the current vector, which `endRow` ends.
    package mutating func append(bucket: UInt32, value: Float) {
        buckets.append(bucket)
        values.append(value)
    }

    /// Ends the current vector.
    mutating func endRow() { starts.append(buckets.count) }

    /// Appends all vectors of another.
    package mutating func append(_ other: SparseRows) {
        let base = buckets.count
        buckets += other.buckets
        values += other.values
        starts += other.starts.dropFirst().map { $0 + base }
    }
}
