import PromptTemplates
import StageKit

/// Estimates the number of tokens in a text from its words or characters, if no tokenizer counts them.
struct LengthEstimate: Sendable, Hashable {
    /// What is counted.
    enum Rule: String, SettingChoice {
        /// Words; for a long text in a script without spaces, ¾ of the characters.
        case words
        /// Words, whatever the script.
        case plainWords
        /// Characters.
        case characters
        /// The tokens of a model's tokenizer.
        case tokens
    }

    /// What is counted; not `tokens`.
    let rule: Rule
    /// The number of words or characters per token.
    let unitsPerToken: Double

    /// An estimate; by default, a token is ¾ of a word, or 3 characters.
    init(_ rule: Rule, unitsPerToken: Double? = nil) {
        self.rule = rule
        self.unitsPerToken = unitsPerToken ?? Self.unitsPerToken(rule)
    }

    private static func unitsPerToken(_ rule: Rule) -> Double {
        switch rule {
        case .words, .plainWords: 0.75
        case .characters: 3
        case .tokens: 1
        }
    }

    /// The length in words or characters.
    func units(_ measure: TextMeasure) -> Double {
        if countsCharacters(measure) { return charactersWorth * Double(measure.characters) }
        return Double(measure.words)
    }

    /// The number of tokens for a length, rounded up.
    func tokens(_ measure: TextMeasure) -> Int { Int((units(measure) / unitsPerToken).rounded(.up)) }

    /// The part of a text at one end that amounts to at most `tokens` tokens: whole words, or characters.
    ///
    /// A shorter text is returned whole.
    func part(_ utf8: ArraySlice<UInt8>, tokens limit: Int, _ kept: TokenBudget.Kept) -> ArraySlice<UInt8> {
        let measure = TextMeasure(utf8)
        guard tokens(measure) > limit else { return utf8 }
        guard limit > 0 else { return utf8[utf8.startIndex..<utf8.startIndex] }
        if countsCharacters(measure) {
            return characters(utf8, Int(Double(limit) * unitsPerToken / charactersWorth), kept)
        }
        return words(utf8, Int(Double(limit) * unitsPerToken), kept)
    }

    private func countsCharacters(_ measure: TextMeasure) -> Bool {
        rule == .characters || rule == .words && measure.isUnspaced
    }

    private var charactersWorth: Double { rule == .characters ? 1 : 0.75 }

    private func characters(
        _ utf8: ArraySlice<UInt8>, _ count: Int, _ kept: TokenBudget.Kept
    ) -> ArraySlice<UInt8> {
        var left = count
        if kept == .keepStart {
            for index in utf8.indices where utf8[index] & 0xC0 != 0x80 {
                if left == 0 { return utf8[..<index] }
                left -= 1
            }
            return utf8
        }
        guard left > 0 else { return utf8[utf8.endIndex...] }
        for index in utf8.indices.reversed() where utf8[index] & 0xC0 != 0x80 {
            left -= 1
            if left == 0 { return utf8[index...] }
        }
        return utf8
    }

    private func words(
        _ utf8: ArraySlice<UInt8>, _ count: Int, _ kept: TokenBudget.Kept
    ) -> ArraySlice<UInt8> {
        guard count > 0 else { return utf8[..<utf8.startIndex] }
        var left = count
        if kept == .keepStart {
            for index in utf8.indices where utf8[index] == 0x20 {
                left -= 1
                if left == 0 { return utf8[..<index] }
            }
            return utf8
        }
        for index in utf8.indices.reversed() where utf8[index] == 0x20 {
            left -= 1
            if left == 0 { return utf8[(index + 1)...] }
        }
        return utf8
    }
}
