/// Every distinct word as its current symbols, in one buffer.
struct TrainingWords: Sendable {
    private var symbols: ContiguousArray<Int32> = []
    private var starts: ContiguousArray<Int> = []
    private var lengths: ContiguousArray<Int32> = []
    /// How often each word occurs.
    let counts: ContiguousArray<Int>

    /// The words as bytes, each represented by its symbol in `alphabet`.
    init(_ words: WordCounts, alphabet: [Int32]) {
        counts = words.counts
        for index in 0..<words.words.count {
            let bytes = words.words.bytes(of: index)
            starts.append(symbols.count)
            lengths.append(Int32(bytes.count))
            for byte in bytes { symbols.append(alphabet[Int(byte)]) }
        }
    }

    /// The number of words.
    var count: Int { starts.count }

    /// Calls `body` with each pair of neighbors in a word.
    func forEachPair(of word: Int, _ body: (_ left: Int32, _ right: Int32) -> Void) {
        let start = starts[word]
        for index in start..<start + max(0, Int(lengths[word]) - 1) {
            body(symbols[index], symbols[index + 1])
        }
    }

    /// Merges a pair in a word, from the left; calls `note` with each pair that now occurs once more (1) or once less
    /// (−1).
    mutating func merge(
        _ left: Int32, _ right: Int32, into result: Int32, in word: Int,
        note: (_ left: Int32, _ right: Int32, _ change: Int) -> Void
    ) {
        let start = starts[word]
        let end = start + Int(lengths[word])
        var symbols = symbols.mutableSpan
        var read = start
        var write = start
        while read < end {
            guard symbols[read] == left, read + 1 < end, symbols[read + 1] == right else {
                symbols[write] = symbols[read]
                read += 1
                write += 1
                continue
            }
            if write > start {
                note(symbols[write - 1], left, -1)
                note(symbols[write - 1], result, 1)
            }
            if read + 2 < end {
                note(right, symbols[read + 2], -1)
                note(result, symbols[read + 2], 1)
            }
            symbols[write] = result
            read += 2
            write += 1
        }
        lengths[word] = Int32(write - start)
    }
}
