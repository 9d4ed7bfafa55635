internal import Texts

/// The next words of a text: found window by window while the cache's lines are already on their way, and then looked up together.
struct WordBatch: Sendable {
    /// The most words that there are.
    static let size = 128

    private(set) var keys = ContiguousArray<WordKey>(
        repeating: WordKey(low: 0, high: 0), count: size)
    /// Where each may be in the cache.
    private(set) var places = ContiguousArray<UInt32>(repeating: 0, count: size)
    private(set) var count = 0

    /// Whether there is room for another window's words.
    var hasRoom: Bool { count <= Self.size - TextWindow.size }

    mutating func removeAll() { count = 0 }

    /// Adds the words of a window.
    ///
    /// - Parameters:
    ///   - starts: where they start, and where the last one ends.
    ///   - text: has 16 bytes or more from each of these places on.
    ///   - position: where the window is in it.
    ///   - origin: where it is in the text that all words are in.
    @inline(__always)
    mutating func add(
        _ starts: UInt64, of text: Span<UInt8>, at position: Int, _ origin: Int,
        for cache: borrowing WordCache
    ) {
        Self.add(starts, text, position, origin, cache, &keys, &places, &count)
    }

    @inline(__always)
    private static func add(
        _ starts: UInt64, _ text: Span<UInt8>, _ position: Int, _ origin: Int, _ cache: borrowing WordCache,
        _ keys: inout ContiguousArray<WordKey>, _ places: inout ContiguousArray<UInt32>, _ count: inout Int
    ) {
        let shift = cache.shift
        var keys = keys.mutableSpan
        var places = places.mutableSpan
        var next = count
        var start = 0
        var ends = starts & (starts &- 1)
        while ends != 0 {
            let end = ends.trailingZeroBitCount
            let length = end &- start
            let key =
                length <= WordKey.longestWord
                ? WordKey(text, at: position &+ start, count: length)
                : WordKey(range: origin &+ start..<origin &+ end)
            let place = key.place(shift)
            cache.lines.prefetch(place)
            keys[next] = key
            places[next] = UInt32(truncatingIfNeeded: place)
            next &+= 1
            start = end
            ends &= ends &- 1
        }
        count = next
    }

    /// Adds a word that has no end in its window.
    mutating func add(_ text: Span<UInt8>, _ range: Range<Int>, for cache: borrowing WordCache) {
        let key = WordKey(text, range)
        keys[count] = key
        places[count] = UInt32(key.place(cache.shift))
        count += 1
    }
}
