internal import Texts

/// Sixteen bytes as two integers, the first byte lowest.
struct IntegerPair: Sendable, Equatable {
    var low: UInt64
    var high: UInt64
}

/// Zeroed memory in lines of 64 bytes that begin where the processor's cache lines do, so that a line takes one access.
struct CacheLines: Sendable {
    /// How many pairs a line has.
    static let pairs = 4

    /// Pairs, of which the first few are before the first line.
    private(set) var storage: ContiguousArray<IntegerPair>
    /// Where the first line begins. A copy of the storage may be elsewhere: then lines are only slower.
    let offset: Int

    /// This many lines.
    init(count: Int) {
        let storage = ContiguousArray(
            inLargePages: IntegerPair(low: 0, high: 0), count: (count + 1) * Self.pairs)
        self.storage = storage
        offset = storage.span.bytesBeforeCacheLine / MemoryLayout<IntegerPair>.stride
    }

    /// How many lines there are.
    var count: Int { storage.count / Self.pairs - 1 }

    /// A pair, by its place from the first line on.
    subscript(place: Int) -> IntegerPair {
        get { storage[offset + place] }
        set { storage[offset + place] = newValue }
    }
}
