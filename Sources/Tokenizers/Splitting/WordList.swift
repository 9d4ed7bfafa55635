/// Words in one buffer, as passed between pre-tokenizers.
struct WordList: Sendable {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    /// How many bytes are of the text's head, as `TextHead` has it.
    var head = 0

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.count < 1 << 20)
        ends.removeAll(keepingCapacity: ends.count < 1 << 20)
        head = 0
    }

    /// Appends bytes to the current word.
    mutating func write(_ text: Span<UInt8>, _ range: Range<Int>) { bytes.append(text, range) }

    /// Ends the current word; an empty one is dropped.
    mutating func endWord() {
        if bytes.count > (ends.last ?? 0) { ends.append(bytes.count) }
    }

    mutating func append(_ text: Span<UInt8>, _ range: Range<Int>) {
        write(text, range)
        endWord()
    }
}
