/// The next words of a text, as keys of the cache: found one after the other, so that they can be looked up at the same time.
struct WordBatch: ~Copyable {
    static let most = 64

    private var allKeys = InlineArray<64, WordCache.Key>(repeating: WordCache.Key())
    private var ends = InlineArray<64, Int>(repeating: 0)
    private(set) var count = 0
    /// Where the first word starts.
    private var start = 0

    /// The words' keys; that of no word for one that is too long for the cache.
    @inline(__always)
    func withKeys<Result>(from first: Int, _ body: (Span<WordCache.Key>) -> Result) -> Result {
        body(allKeys.span.extracting(first..<count))
    }

    /// Where a word is in the text.
    func range(_ index: Int) -> Range<Int> { (index == 0 ? start : ends[index - 1])..<ends[index] }

    /// Takes the words from `start` on, and returns where the last one ends.
    @inline(__always)
    mutating func fill(
        with splitter: inout some WordSplitter, _ text: Span<UInt8>, _ start: Int, _ end: Int
    ) -> Int {
        self.start = start
        let lastWhole = end - 16
        var position = start
        var count = 0
        while count < Self.most, position < end {
            let bytes =
                position <= lastWhole
                ? SixteenBytes(text, position) : SixteenBytes(text, position, upTo: end)
            var length = splitter.glance(bytes)
            if length == 0 { length = splitter.wordEnd(text, position, end) &- position }
            allKeys[count] =
                length <= WordCache.longestWord ? WordCache.Key(bytes, count: length) : WordCache.Key()
            position &+= length
            ends[count] = position
            count &+= 1
        }
        self.count = count
        return position
    }
}
