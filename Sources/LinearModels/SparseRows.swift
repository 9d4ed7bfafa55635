/// Sparse vectors, one after another: for each the buckets that are not 0, ascending, and their values.
package struct SparseRows: Sendable {
    package private(set) var buckets: [UInt32] = []
    package private(set) var values: [Float] = []
    package private(set) var starts = [0]

    /// The number of vectors.
    package var count: Int { starts.count - 1 }

    /// Adds an entry to the vector that `endRow` will end.
    package mutating func append(bucket: UInt32, value: Float) {
        buckets.append(bucket)
        values.append(value)
    }

    /// Ends a vector.
    mutating func endRow() { starts.append(buckets.count) }

    /// Adds all vectors of another.
    package mutating func append(_ other: SparseRows) {
        let base = buckets.count
        buckets += other.buckets
        values += other.values
        starts += other.starts.dropFirst().map { $0 + base }
    }
}
