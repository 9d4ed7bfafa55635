/// Finds where words end, in text whose words are encoded separately.
protocol WordSplitter: Sendable {
    /// The end of the word that starts at `start`; `start < end`, and the text is valid UTF-8.
    mutating func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int

    /// The length of the word that 16 bytes of a text begin with, 1 to 15, if they show it at a glance; otherwise 0. Zeros
    /// follow the end of the text.
    func glance(_ bytes: SixteenBytes) -> Int
}

/// A word that is not split.
struct WholeWord: WordSplitter {
    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int { end }

    @inline(__always)
    func glance(_ bytes: SixteenBytes) -> Int { 0 }
}

/// Words whose ends are known.
struct ListedWords: WordSplitter {
    private let ends: [Int]
    private var next = 0

    init(ends: [Int]) { self.ends = ends }

    mutating func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        defer { next += 1 }
        return ends[next]
    }

    @inline(__always)
    func glance(_ bytes: SixteenBytes) -> Int { 0 }
}
