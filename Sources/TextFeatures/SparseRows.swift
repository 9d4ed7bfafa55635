import Glibc

/// Sparse vectors: for each, its nonzero buckets, ascending, and their values.
package struct SparseRows: Sendable {
    package private(set) var buckets: [UInt32] = []
    package private(set) var values: [Float] = []
    package private(set) var starts = [0]

    /// No vectors.
    package init() {}

    /// The number of vectors.
    package var count: Int { starts.count - 1 }

    /// Adds an entry to the current vector, which `endRow` ends.
    package mutating func append(bucket: UInt32, value: Float) {
        buckets.append(bucket)
        values.append(value)
    }

    /// Ends the current vector.
    package mutating func endRow() { starts.append(buckets.count) }

    /// Appends a text's terms by their sublinear frequencies: 1 + ln(count).
    package mutating func append(_ terms: [(bucket: UInt32, count: Int)]) {
        for term in terms {
            append(bucket: term.bucket, value: term.count == 1 ? 1 : Float(1 + log(Double(term.count))))
        }
        endRow()
    }

    /// Appends all vectors of another.
    package mutating func append(_ other: SparseRows) {
        let base = buckets.count
        buckets += other.buckets
        values += other.values
        starts += other.starts.dropFirst().map { $0 + base }
    }

    /// A vector with each value times the rarity of its bucket, divided by its length; without buckets of rarity 0.
    package func weighted(_ row: Int, by rarity: [Float]) -> [(bucket: UInt32, value: Float)] {
        let range = starts[row]..<starts[row + 1]
        var entries: [(bucket: UInt32, value: Float)] = []
        entries.reserveCapacity(range.count)
        var norm: Float = 0
        for position in range {
            let bucket = buckets[position]
            let value = values[position] * rarity[Int(bucket)]
            guard value != 0 else { continue }
            norm += value * value
            entries.append((bucket, value))
        }
        let scale = norm > 0 ? 1 / norm.squareRoot() : 0
        for index in entries.indices { entries[index].value *= scale }
        return entries
    }
}

/// How rare terms are, by the number of texts in which they occur.
package enum TermRarity: Sendable {
    /// ln((1 + texts) / (1 + texts with it)) + 1 for each bucket; 0 if it occurs in fewer than `minimumTexts`.
    package static func values(of rows: [SparseRows], bits: Int, minimumTexts: Int) -> [Float] {
        var frequencies = [Int32](repeating: 0, count: 1 << bits)
        for part in rows {
            for bucket in part.buckets { frequencies[Int(bucket)] += 1 }
        }
        let texts = Double(rows.reduce(0) { $0 + $1.count })
        return frequencies.map {
            $0 < minimumTexts ? 0 : Float(log((1 + texts) / (1 + Double($0))) + 1)
        }
    }
}
