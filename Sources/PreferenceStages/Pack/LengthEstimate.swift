/// Estimates a text's tokens from its words or characters, until a tokenizer is at hand.
enum LengthEstimate: String, Sendable, Hashable, Decodable, CaseIterable {
    /// Words; ¾ of the characters for a long text in a script without spaces.
    case words
    /// Words, whatever the script.
    case plainWords

    /// How many words a token is worth.
    static let wordsPerToken = 0.75

    /// The length in words.
    func words(_ measure: TextMeasure) -> Double {
        if self == .words && measure.isUnspaced { return 0.75 * Double(measure.characters) }
        return Double(measure.words)
    }

    /// The tokens that the length stands for, rounded up.
    func tokens(_ measure: TextMeasure) -> Int {
        if self == .words && measure.isUnspaced { return measure.characters }
        // 4/3 of the words, in whole numbers.
        return (measure.words * 4 + 2) / 3
    }

    /// The beginning of a text that is worth at most `tokens`: whole words, or characters of an unspaced script.
    ///
    /// A text that is worth less is returned whole.
    func prefix(_ utf8: ArraySlice<UInt8>, tokens limit: Int) -> ArraySlice<UInt8> {
        let measure = TextMeasure(utf8)
        guard tokens(measure) > limit else { return utf8 }
        guard limit > 0 else { return utf8[utf8.startIndex..<utf8.startIndex] }
        if self == .words && measure.isUnspaced { return characters(utf8, limit) }
        return words(utf8, limit * 3 / 4)
    }

    private func characters(_ utf8: ArraySlice<UInt8>, _ count: Int) -> ArraySlice<UInt8> {
        var seen = 0
        for index in utf8.indices where utf8[index] & 0xC0 != 0x80 {
            if seen == count { return utf8[utf8.startIndex..<index] }
            seen += 1
        }
        return utf8
    }

    private func words(_ utf8: ArraySlice<UInt8>, _ count: Int) -> ArraySlice<UInt8> {
        guard count > 0 else { return utf8[utf8.startIndex..<utf8.startIndex] }
        var seen = 0
        for index in utf8.indices where utf8[index] == 0x20 {
            seen += 1
            if seen == count { return utf8[utf8.startIndex..<index] }
        }
        return utf8
    }
}
