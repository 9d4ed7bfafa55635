/// Texts that share a band's key: those that are compared.
struct CandidateBuckets: Sendable {
    /// The members of all buckets, bucket after bucket.
    private(set) var members: [Int32] = []
    /// Where each bucket ends in `members`.
    private(set) var ends: [Int] = []

    /// Buckets up to this size are compared pair by pair.
    static let smallBucket = 64

    /// The buckets of a band, each with two members or more.
    ///
    /// Complexity: O(n log n), whatever the keys.
    ///
    /// - Parameters:
    ///   - texts: the numbers of the texts that take part, ascending.
    ///   - keys: all texts' keys, `bands` of them for each text.
    init(texts: [Int32], keys: [UInt64], bands: Int, band: Int) {
        let keys = keys.span
        func key(_ text: Int32, _ band: Int) -> UInt64 { keys[Int(text) * bands + band] }
        let order = Self.sorted(texts, keys, bands: bands, band: band)
        var start = 0
        while start < order.count {
            let first = key(order[start], band)
            var end = start + 1
            while end < order.count, key(order[end], band) == first { end += 1 }
            if end - start > 1 {
                if end - start > Self.smallBucket {
                    // Neighbours should be alike: those that share the next band's key too stand side by side.
                    let next = (band + 1) % bands
                    members += order[start..<end].sorted { left, right in
                        let (leftKey, rightKey) = (key(left, next), key(right, next))
                        return leftKey != rightKey ? leftKey < rightKey : left < right
                    }
                } else {
                    members += order[start..<end].sorted()
                }
                ends.append(members.count)
            }
            start = end
        }
    }

    /// How many buckets there are.
    var count: Int { ends.count }

    /// The members of a bucket.
    func bucket(_ index: Int) -> ArraySlice<Int32> {
        members[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The texts in the order of a band's keys: two passes by 11 bits each, then the few that share 22 bits.
    private static func sorted(_ texts: [Int32], _ keys: Span<UInt64>, bands: Int, band: Int) -> [Int32] {
        func key(_ text: Int32) -> UInt64 { keys[Int(text) * bands + band] }
        var order = texts
        for shift in [42, 53] as [UInt64] {
            var starts = [Int](repeating: 0, count: 2049)
            for text in order { starts[Int(key(text) &>> shift & 0x7FF) + 1] += 1 }
            for digit in 1...2048 { starts[digit] += starts[digit - 1] }
            var next = order
            for text in order {
                let digit = Int(key(text) &>> shift & 0x7FF)
                next[starts[digit]] = text
                starts[digit] += 1
            }
            order = next
        }
        var start = 0
        while start < order.count {
            var end = start + 1
            let digits = key(order[start]) &>> 42
            var isMixed = false
            while end < order.count, key(order[end]) &>> 42 == digits {
                isMixed = isMixed || key(order[end]) != key(order[start])
                end += 1
            }
            if isMixed { order[start..<end].sort { key($0) < key($1) } }
            start = end
        }
        return order
    }
}
