/// Sparse vectors, one after another: for each the buckets that are not 0, ascending, and their values.
struct SparseRows: Sendable {
    private(set) var buckets: [UInt32] = []
    private(set) var values: [Float] = []
    private(set) var starts = [0]

    /// The number of vectors.
    var count: Int { starts.count - 1 }

    /// Adds a vector.
    mutating func append(_ entries: [(bucket: UInt32, value: Float)]) {
        for entry in entries {
            buckets.append(entry.bucket)
            values.append(entry.value)
        }
        starts.append(buckets.count)
    }

    /// Adds all vectors of another.
    mutating func append(_ other: SparseRows) {
        let base = buckets.count
        buckets += other.buckets
        values += other.values
        starts += other.starts.dropFirst().map { $0 + base }
    }

    /// Σ wᵢ xᵢ and Σ vᵢ xᵢ over one vector, in the order of its buckets, of weights interleaved as w₀ v₀ w₁ v₁ ….
    func dots(_ row: Int, _ weights: [Double], offset: Int) -> (first: Double, second: Double) {
        var first = 0.0
        var second = 0.0
        for position in starts[row]..<starts[row + 1] {
            let value = Double(values[position])
            let index = offset + 2 * Int(buckets[position])
            first += weights[index] * value
            second += weights[index + 1] * value
        }
        return (first, second)
    }

    /// Σ wᵢ xᵢ over one vector.
    func dot(_ row: Int, _ weights: [Double], offset: Int) -> Double {
        var sum = 0.0
        for position in starts[row]..<starts[row + 1] {
            sum += weights[offset + Int(buckets[position])] * Double(values[position])
        }
        return sum
    }

    /// Adds `first` x to the even and `second` x to the odd elements of interleaved weights.
    func add(_ row: Int, first: Double, second: Double, to weights: inout [Double], offset: Int) {
        for position in starts[row]..<starts[row + 1] {
            let value = Double(values[position])
            let index = offset + 2 * Int(buckets[position])
            weights[index] += first * value
            weights[index + 1] += second * value
        }
    }

    /// Adds `factor` x to weights.
    func add(_ row: Int, _ factor: Double, to weights: inout [Double], offset: Int) {
        for position in starts[row]..<starts[row + 1] {
            weights[offset + Int(buckets[position])] += factor * Double(values[position])
        }
    }
}
