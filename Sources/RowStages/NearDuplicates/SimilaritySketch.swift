/// A short sketch of a set for estimating similarity: two sets agree at each position with a probability equal to their
/// Jaccard similarity.
///
/// Fast similarity sketching (Dahlgaard, Knudsen and Thorup, 2017): every element is assigned to one of the positions,
/// and the smallest hash at each position counts; rounds with new hashes follow until no position is empty. For a set
/// of n elements this takes O(n + size · log size) steps on average, while MinHash takes n · size, and its estimates
/// are as accurate.
struct SimilaritySketch: Sendable {
    /// The values at the positions: the round in the upper 16 bits, then the smallest hash.
    private(set) var places: [UInt64]

    /// A sketch with `size` positions, at most 4,096.
    init(size: Int) { places = [UInt64](repeating: .max, count: size) }

    /// Computes the sketch of a set; elements may be repeated.
    ///
    /// - Parameter elements: hashes that are already mixed; not empty.
    mutating func fill(_ elements: Span<UInt64>) {
        let size = places.count
        var span = places.mutableSpan
        for place in 0..<size { span[place] = .max }
        var empty = size
        var round = 0
        while empty > 0 && round < 2 * size {
            let salt = round == 0 ? 0 : BitMixing.mixed(UInt64(round) &* BitMixing.base)
            let rank = UInt64(round) &<< 48
            for index in 0..<elements.count {
                let hash = round == 0 ? elements[index] : BitMixing.mixed(elements[index] ^ salt)
                // After `size` rounds, each position gets its own round, so that none stays empty.
                let place =
                    round < size
                    ? Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(size)).high)
                    : round &- size
                let value = rank | hash & 0xFFFF_FFFF_FFFF
                let old = span[place]
                guard value < old else { continue }
                if old == .max { empty &-= 1 }
                span[place] = value
            }
            round &+= 1
        }
    }

    /// One key per band of `rows` positions: equal if all of them are equal.
    func appendBandKeys(rows: Int, to keys: inout [UInt64]) {
        let span = places.span
        for band in 0..<span.count / rows {
            var key = UInt64(band)
            for place in band * rows..<(band + 1) * rows {
                key = BitMixing.mixed(key &* BitMixing.base ^ span[place])
            }
            keys.append(key)
        }
    }
}
