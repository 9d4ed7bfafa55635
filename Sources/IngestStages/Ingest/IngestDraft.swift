import Comparisons

/// A row on its way into the table; one draft is used for row after row.
struct IngestDraft: Sendable {
    var id: ArraySlice<UInt8> = []
    var source: ArraySlice<UInt8>?
    var modelA: ArraySlice<UInt8>?
    var modelB: ArraySlice<UInt8>?
    var label: ComparisonLabel?
    var language: ArraySlice<UInt8>?
    var group: ArraySlice<UInt8>?
    /// What was done to the row.
    var rules: AppliedRules = []
    var prompt = StringListBuffer()
    var responseA = StringListBuffer()
    var responseB = StringListBuffer()

    /// Forgets the row and keeps its memory.
    mutating func removeAll() {
        id = []
        source = nil
        modelA = nil
        modelB = nil
        label = nil
        language = nil
        group = nil
        rules = []
        prompt.removeAll()
        responseA.removeAll()
        responseB.removeAll()
    }

    /// What holds for every row.
    func check(_ rules: IngestRules) throws(Reject) {
        guard !id.isEmpty else { throw Reject(.missingIdentifier) }
        let counts = (prompt.count, responseA.count, responseB.count)
        guard counts.0 == counts.1 && counts.0 == counts.2 else {
            throw Reject(
                .unequalLengths, "prompt \(counts.0), response_a \(counts.1), response_b \(counts.2) turns")
        }
        guard counts.0 > 0 else { throw Reject(.noTurns) }
        if rules.dropsUnicodeEscapes,
            prompt.containsUnicodeEscape || responseA.containsUnicodeEscape || responseB.containsUnicodeEscape
        {
            throw Reject(.unicodeEscape)
        }
    }

    /// The language by the script of the prompts, or of the responses where the prompts have no letters.
    func guessedLanguage() -> String? {
        LanguageGuess.language(prompt) ?? LanguageGuess.language(responseA, responseB)
    }
}

extension LanguageGuess {
    /// The language of the first texts, up to the window; nil where there are no letters.
    fileprivate static func language(_ first: StringListBuffer, _ second: StringListBuffer? = nil) -> String?
    {
        var counts = Counts()
        let start = first.utf8.prefix(window)
        counts.add(start.span)
        if let second {
            let more = second.utf8.prefix(window - start.count)
            counts.add(more.span)
        }
        return counts.language
    }
}
