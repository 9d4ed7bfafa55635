internal import Texts

/// The next words of a text, and their entries in the caches: found one after another, without waiting for the caches or branching
/// on their answers, which the processor could not predict.
struct WordBatch: ~Copyable {
    static let most = 64

    private var entries = InlineArray<64, WordEntry>(repeating: .absent)
    /// The first eight bytes of each word.
    private var words = InlineArray<64, UInt64>(repeating: 0)
    /// Where each may be in a cache.
    private var places = InlineArray<64, UInt32>(repeating: 0)
    private var ends = InlineArray<64, Int>(repeating: 0)
    private var misses = InlineArray<64, UInt8>(repeating: 0)
    private(set) var count = 0
    /// How many words have no entry.
    private(set) var missCount = 0
    /// Where the first word starts.
    private var start = 0

    /// Where a word is in the text.
    func range(_ index: Int) -> Range<Int> {
        let ends = ends.span
        return (index == 0 ? start : ends[index &- 1])..<ends[index]
    }

    /// The index of a word without an entry, by its position among those.
    func miss(_ index: Int) -> Int { Int(misses.span[index]) }

    /// Takes the words from `start` on, and returns where the last one ends.
    @inline(__always)
    mutating func fill(
        with splitter: inout some WordSplitter, _ text: Span<UInt8>, _ start: Int, _ end: Int,
        for cache: borrowing ShortWordCache
    ) -> Int {
        self.start = start
        let lines = cache.lines.storage.span.extracting(cache.lines.offset...)
        let shift = cache.shift
        let lastWhole = end - 16
        var position = start
        var count = 0
        while count < Self.most, position < end {
            let bytes =
                position <= lastWhole
                ? SixteenBytes(text, position) : SixteenBytes(text, position, upTo: end)
            var length = splitter.glance(bytes)
            if length == 0 { length = splitter.wordEnd(text, position, end) &- position }
            // The bytes of the word, of which there is one at least.
            let others = UInt64(truncatingIfNeeded: max(0, 8 &- length) &* 8)
            let word = bytes.low & (.max &>> others)
            let place = ShortWordCache.place(word, length, shift)
            lines.prefetch(place)
            words[count] = word
            places[count] = UInt32(truncatingIfNeeded: place)
            position &+= length
            ends[count] = position
            count &+= 1
        }
        self.count = count
        return position
    }

    /// Looks up all words.
    mutating func look(in cache: borrowing ShortWordCache) {
        let lines = cache.lines.storage.span.extracting(cache.lines.offset...)
        let (words, places, ends) = (words.span, places.span, ends.span)
        var missCount = 0
        var start = start
        for index in 0..<count {
            let end = ends[index]
            let entry = ShortWordCache.entry(words[index], end &- start, at: Int(places[index]), in: lines)
            entries[index] = entry
            misses[missCount] = UInt8(truncatingIfNeeded: index)
            missCount &+= entry == .absent ? 1 : 0
            start = end
        }
        self.missCount = missCount
    }

    /// Looks up the words without an entry in the other cache.
    mutating func look(in cache: borrowing WordCache, _ text: Span<UInt8>) {
        let lines = cache.lines.storage.span.extracting(cache.lines.offset...)
        let shift = cache.shift
        let ends = ends.span
        for miss in 0..<missCount {
            let index = Int(misses[miss])
            let key = Self.key(text, index == 0 ? start : ends[index &- 1], ends[index])
            let place = WordCache.place(key, shift)
            lines.prefetch(place)
            places[miss] = UInt32(truncatingIfNeeded: place)
        }
        var left = 0
        for miss in 0..<missCount {
            let index = Int(misses[miss])
            let key = Self.key(text, index == 0 ? start : ends[index &- 1], ends[index])
            let entry = WordCache.entry(key, at: Int(places[miss]), in: lines)
            entries[index] = entry
            misses[left] = UInt8(truncatingIfNeeded: index)
            left &+= entry == .absent ? 1 : 0
        }
        missCount = left
    }

    /// The key of a word; for one that is too long, the key that no word has.
    @inline(__always)
    private static func key(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> WordCache.Key {
        guard end &- start <= WordCache.longestWord else { return .none }
        let bytes =
            start <= text.count &- 16
            ? SixteenBytes(text, start) : SixteenBytes(text, start, upTo: end)
        return WordCache.Key(bytes, count: end &- start)
    }

    /// Writes the ids of words that have an entry. Three are always written, however many there are, so there must be room for
    /// them.
    @inline(__always)
    func write(_ words: Range<Int>, to room: inout ContiguousArray<Int32>, at written: inout Int) {
        let entries = entries.span.extracting(words)
        var room = room.mutableSpan
        var place = written
        for index in entries.indices {
            let entry = entries[index]
            room[place] = entry.id(0)
            room[place &+ 1] = entry.id(1)
            room[place &+ 2] = entry.id(2)
            place &+= entry.count
        }
        written = place
    }
}
