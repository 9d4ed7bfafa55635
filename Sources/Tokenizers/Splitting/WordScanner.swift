/// Splits text as a split pattern does: most words by the shape of their first bytes, the others character by character.
struct WordScanner: WordSplitter {
    private let scanner: PatternScanner
    private let shapes: WordShapes

    init(_ pattern: SplitPattern) {
        let scanner = PatternScanner(pattern)
        self.scanner = scanner
        shapes = WordShapes(prefixes: pattern.prefixes) { scanner.wordEnd($0, 0, $0.count) }
    }

    /// The end of the word that starts at `start`; `start < end`, and the text is valid UTF-8.
    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int { scanner.wordEnd(text, start, end) }

    /// The length of the word that 16 bytes begin with, if a glance shows it.
    @inline(__always)
    func glance(_ bytes: SixteenBytes) -> Int { shapes.glance(bytes) }
}
