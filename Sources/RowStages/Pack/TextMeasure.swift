/// The size of a text: its number of characters, and of pieces between single spaces.
struct TextMeasure: Sendable, Hashable {
    /// Unicode code points.
    var characters: Int
    /// Space characters, U+0020.
    var spaces: Int

    /// No text.
    init() {
        characters = 0
        spaces = 0
    }

    /// The size of a UTF-8 text.
    init(_ utf8: ArraySlice<UInt8>) {
        let span = utf8.span
        var continuations = 0
        var found = 0
        for index in 0..<span.count {
            let byte = span[index]
            continuations &+= byte & 0xC0 == 0x80 ? 1 : 0
            found &+= byte == 0x20 ? 1 : 0
        }
        characters = span.count - continuations
        spaces = found
    }

    /// The size of two concatenated texts.
    static func + (left: TextMeasure, right: TextMeasure) -> TextMeasure {
        var sum = left
        sum.characters += right.characters
        sum.spaces += right.spaces
        return sum
    }

    /// The number of pieces when the text is split at every single space; 1 for an empty text.
    var words: Int { spaces + 1 }

    /// Whether this is a long text in a script without spaces.
    var isUnspaced: Bool { characters >= 30 * words && characters >= 300 }
}
