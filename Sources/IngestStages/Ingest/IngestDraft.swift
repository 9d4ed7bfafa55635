import Comparisons

/// A row under construction; one draft is reused for all rows.
struct IngestDraft: Sendable {
    var id: ArraySlice<UInt8> = []
    var source: ArraySlice<UInt8>?
    var modelA: ArraySlice<UInt8>?
    var modelB: ArraySlice<UInt8>?
    var label: ComparisonLabel?
    var language: ArraySlice<UInt8>?
    var group: ArraySlice<UInt8>?
    /// The rules applied to the row.
    var rules: AppliedRules = []
    var prompt = StringListBuffer()
    var responseA = StringListBuffer()
    var responseB = StringListBuffer()

    /// Clears the row and keeps its memory.
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

    /// What programs write for a missing value: Python, pandas, R, SQL and spreadsheets.
    private static let absent = Set(
        ["NaT", "None", "<NA>", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "Null"].map {
            ArraySlice($0.utf8)
        })

    private static func isAbsent(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count <= 4 else { return false }
        if absent.contains(text) { return true }
        // Not a number, with or without a sign.
        let letters =
            text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
        return letters.map { $0 | 0x20 } == Array("nan".utf8)
    }

    /// Whether a text names a row: it is not empty, and not what stands for no value.
    static func isIdentifier(_ text: ArraySlice<UInt8>) -> Bool {
        !text.isEmpty && !isAbsent(text)
    }

    /// Checks the rules that apply to every row.
    func check(_ rules: IngestRules) throws(Reject) {
        guard Self.isIdentifier(id) else { throw Reject(.missingIdentifier) }
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

    /// The language guessed from the script of the prompts, or of the responses if the prompts have no letters.
    func guessedLanguage() -> String? {
        LanguageGuess.language(prompt) ?? LanguageGuess.language(responseA, responseB)
    }
}

extension LanguageGuess {
    /// The language of the first texts, up to the window; nil if there are no letters.
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
