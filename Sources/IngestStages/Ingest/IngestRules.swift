import Comparisons
import Randomness
import StageKit

/// The rules for every row, whatever the file's format.
struct IngestRules: Sendable {
    /// Whether rows have winners.
    enum Labels: Sendable {
        /// Every row has exactly one winner.
        case required
        /// A row without a winner is unlabeled.
        case optional
        /// No row has a winner.
        case absent
    }

    /// Whether rows need winners, regardless of the file.
    enum RequestedLabels: String, SettingChoice { case required, optional }

    /// Whether rows need a winner.
    var labels: Labels
    /// The source name; nil to use the file's column, or else the name of the format.
    var source: String?
    /// The source of rows without one.
    var defaultSource: String
    /// The maximum size of a cell in bytes.
    var maximumCellBytes: Int
    /// Whether to reject rows whose texts contain doubly escaped characters.
    var dropsUnicodeEscapes: Bool
    /// Whether to guess the language if the file does not name it.
    var guessesLanguage: Bool
    /// Whose judgments are used, if a file names the judges.
    var judges = Judges.all
    /// Whether to use only the row with the largest gap for each prompt of a rated file.
    var takesOnePerPrompt = true
    /// Whether to exchange sides at random in files that always put the winner first.
    var exchangesSides = true
    /// The random seed.
    var seed = 42

    /// The kinds of judges.
    enum Judges: String, SettingChoice {
        case all
        case human
        case model
    }

    /// Whether prompts and answers are plain texts, of one turn each, instead of lists.
    var takesPlainTexts = false

    /// The label that a row's columns agree on, or why there is none; columns without a label are ignored.
    func label(of columns: [ComparisonLabel?]) throws(Reject) -> ComparisonLabel? {
        var label: ComparisonLabel?
        for case let found? in columns {
            guard label == nil || label == found else {
                throw Reject(
                    .severalWinners, "the columns say \(label?.rawValue ?? "") and \(found.rawValue)")
            }
            label = found
        }
        guard label != nil || labels != .required else { throw Reject(.noWinner) }
        return label
    }

    /// The same rules for a column that may lack a label, because another column may have it.
    var perColumn: IngestRules {
        var rules = self
        rules.labels = labels == .required ? .optional : labels
        return rules
    }

    /// The label for three marks, or why there is none.
    func label(a: Bool, b: Bool, tie: Bool) throws(Reject) -> ComparisonLabel? {
        switch (a, b, tie) {
        case (true, false, false): return .a
        case (false, true, false): return .b
        case (false, false, true): return .tie
        case (false, false, false):
            guard labels != .required else { throw Reject(.noWinner) }
            return nil
        default: throw Reject(.severalWinners)
        }
    }

    /// The label for a word: `a`, `model_a`, `tie`, `tie (bothbad)`, `tie(both bad)` and the like; nil for an empty
    /// word. Anything else, such as a model's name `b-7`, is no label.
    ///
    /// - Parameters:
    ///   - column: the word's column, for messages.
    ///   - applied: records if the tie means two bad answers, or an inconsistent judge.
    func label(
        winner word: String?, column: String = "winner", _ applied: inout AppliedRules
    ) throws(Reject) -> ComparisonLabel? {
        if labels == .absent { return nil }
        switch Self.letters(of: word ?? "") {
        case "a", "modela": return .a
        case "b", "modelb": return .b
        case "tie", "draw": return .tie
        case "tiebothbad", "bothbad":
            applied.insert(.bothBad)
            return .tie
        case "tieinconsistent", "inconsistent":
            applied.insert(.inconsistent)
            return .tie
        case "" where word?.isEmpty != false:
            guard labels != .required else { throw Reject(.noWinner) }
            return nil
        default: throw Reject(.invalidWinner, "'\((word ?? "").prefix(40))'", column: column)
        }
    }

    /// The ASCII letters of a word in lower case; nil if there are other characters than these, and spaces, signs and brackets
    /// between them.
    private static func letters(of word: String) -> String? {
        var letters: [UInt8] = []
        for byte in word.utf8 {
            if byte | 0x20 >= UInt8(ascii: "a"), byte | 0x20 <= UInt8(ascii: "z") {
                letters.append(byte | 0x20)
            } else if ![0x20, 0x5F, 0x2D, 0x28, 0x29, 0x5B, 0x5D].contains(byte) {
                return nil
            }
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// The label for a verdict such as `A>>B`, `B>A` or `A=B`; nil for an empty one.
    func label(verdict: String, _ applied: inout AppliedRules) throws(Reject) -> ComparisonLabel? {
        if labels == .absent { return nil }
        let isClear = verdict.contains(">>") || verdict.contains("<<")
        let label: ComparisonLabel
        switch verdict.filter({ $0 != " " }) {
        case "A>B", "A>>B", "B<A", "B<<A": label = .a
        case "B>A", "B>>A", "A<B", "A<<B": label = .b
        case "A=B", "B=A": label = .tie
        case "":
            guard labels != .required else { throw Reject(.noWinner) }
            return nil
        default: throw Reject(.invalidWinner, "verdict: '\(verdict.prefix(40))'")
        }
        if isClear { applied.insert(.clearWin) }
        return label
    }

    /// Exchanges a row's sides with probability ½, determined by seed and row number.
    func exchangeByChance(_ draft: inout IngestDraft, row: Int) {
        guard exchangesSides else { return }
        var random = SeededGenerator(seed: seed, stream: row)
        if random.chance(0.5) { draft.exchangeSides() }
    }

    /// The meaning of a mark such as `1`, `0.0` or `true`; an empty one is false.
    static func mark(_ text: ArraySlice<UInt8>, _ column: String) throws(Reject) -> Bool {
        if text.count == 1 {
            if text.first == UInt8(ascii: "1") { return true }
            if text.first == UInt8(ascii: "0") { return false }
        }
        // A decimal has as many zeros as its column.
        if text.count > 2, text.count <= 40, text[text.startIndex + 1] == UInt8(ascii: "."),
            text.dropFirst(2).allSatisfy({ $0 == UInt8(ascii: "0") })
        {
            return try mark(text.prefix(1), column)
        }
        let word = String(decoding: text.prefix(40), as: UTF8.self)
        switch word {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE", "": return false
        default: throw Reject(.invalidWinner, "'\(word)'", column: column)
        }
    }
}
