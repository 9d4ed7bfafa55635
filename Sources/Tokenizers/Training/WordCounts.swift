/// The words of texts, as split by a pattern, and how often each occurs.
struct WordCounts: Sendable {
    /// The maximum length of a word in bytes; longer ones are cut, which bounds the work per merge.
    static let longestWord = 1 << 14

    private(set) var words = ByteStringTable()
    private(set) var counts: ContiguousArray<Int> = []
    private let scanner: PatternScanner

    init(_ pattern: SplitPattern) { scanner = PatternScanner(pattern) }

    /// Counts the words of a text, which must be valid UTF-8.
    mutating func add(_ text: Span<UInt8>) {
        var start = 0
        while start < text.count {
            let end = scanner.wordEnd(text, start, text.count)
            while end - start > Self.longestWord {
                add(text, start..<start + Self.longestWord, 1)
                start += Self.longestWord
            }
            add(text, start..<end, 1)
            start = end
        }
    }

    /// Adds the counts of another.
    mutating func add(_ other: WordCounts) {
        for (index, count) in other.counts.enumerated() {
            let word = other.words.bytes(of: index)
            add(word.span, 0..<word.count, count)
        }
    }

    private mutating func add(_ text: Span<UInt8>, _ range: Range<Int>, _ count: Int) {
        if let index = words.index(of: text, range) {
            counts[index] += count
        } else {
            var word: [UInt8] = []
            word.append(text, range)
            if words.insert(word) != nil { counts.append(count) }
        }
    }
}
