/// Texts with the same band key, which are compared.
struct CandidateBuckets: Sendable {
    /// The members of all buckets, one bucket after another.
    private(set) var members: [Int32] = []
    /// The end of each bucket in `members`.
    private(set) var ends: [Int] = []

    /// Buckets up to this size are compared pair by pair.
    static let smallBucket = 64

    /// A text and its key.
    private struct Entry {
        var key: UInt64
        var text: Int32
    }

    /// The buckets of a band with two or more members.
    ///
    /// Complexity: O(n log n), whatever the keys.
    ///
    /// - Parameters:
    ///   - texts: the indices of the texts that take part, ascending.
    ///   - keys: the band's keys of all texts.
    ///   - nextKeys: the keys of another band, by which large buckets are sorted.
    init(texts: [Int32], keys: [UInt64], nextKeys: [UInt64]) {
        let order = Self.sorted(texts.map { Entry(key: keys[Int($0)], text: $0) })
        let span = order.span
        var start = 0
        while start < span.count {
            let key = span[start].key
            var end = start + 1
            while end < span.count, span[end].key == key { end += 1 }
            if end - start > 1 {
                let bucket = order[start..<end].map(\.text)
                if end - start > Self.smallBucket {
                    // Neighbors should be similar: texts that also share the next band's key are adjacent.
                    members += bucket.sorted { left, right in
                        let (leftKey, rightKey) = (nextKeys[Int(left)], nextKeys[Int(right)])
                        return leftKey != rightKey ? leftKey < rightKey : left < right
                    }
                } else {
                    members += bucket.sorted()
                }
                ends.append(members.count)
            }
            start = end
        }
    }

    /// The number of buckets.
    var count: Int { ends.count }

    /// The members of a bucket.
    func bucket(_ index: Int) -> ArraySlice<Int32> {
        members[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The entries sorted by key: two radix passes of 11 bits each, then the few that share 22 bits.
    private static func sorted(_ entries: [Entry]) -> [Entry] {
        var order = entries
        var next = entries
        for shift in [42, 53] as [UInt64] {
            var starts = [Int](repeating: 0, count: 2049)
            for entry in order { starts[Int(entry.key &>> shift & 0x7FF) + 1] += 1 }
            for digit in 1...2048 { starts[digit] += starts[digit - 1] }
            for entry in order {
                let digit = Int(entry.key &>> shift & 0x7FF)
                next[starts[digit]] = entry
                starts[digit] += 1
            }
            swap(&order, &next)
        }
        var start = 0
        while start < order.count {
            let first = order[start].key
            var end = start + 1
            var isMixed = false
            while end < order.count, order[end].key &>> 42 == first &>> 42 {
                isMixed = isMixed || order[end].key != first
                end += 1
            }
            if isMixed { order[start..<end].sort { $0.key < $1.key } }
            start = end
        }
        return order
    }
}
