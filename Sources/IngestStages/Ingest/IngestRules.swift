import Comparisons
import Randomness
import StageKit

/// What is asked of every row, whatever the file's format.
struct IngestRules: Sendable {
    /// What the file says of winners.
    enum Labels: Sendable {
        /// Every row has exactly one winner.
        case required
        /// A row without a winner has no label.
        case optional
        /// No row has a winner.
        case absent
    }

    /// What is asked of winners, whatever the file says of them.
    enum RequestedLabels: String, SettingChoice { case required, optional }

    /// Whether rows need a winner.
    var labels: Labels
    /// The name of rows that name no source themselves; nil to take the file's column, else the format's name.
    var source: String?
    /// The name of rows without any.
    var defaultSource: String
    /// The most bytes of one cell.
    var maximumCellBytes: Int
    /// Rows whose texts hold an escape that was escaped are not taken.
    var dropsUnicodeEscapes: Bool
    /// The language is guessed where the file names none.
    var guessesLanguage: Bool
    /// Whose judgements are taken, where a file says who judged.
    var judges = Judges.all
    /// Of the rated rows of one prompt only that with the largest gap is taken.
    var takesOnePerPrompt = true
    /// Files that always put the winner first have their sides exchanged by chance.
    var exchangesSides = true
    /// What chance depends on.
    var seed = 42

    /// Who judged.
    enum Judges: String, SettingChoice {
        case all
        case human
        case model
    }

    /// The label of three marks, or why there is none.
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

    /// The label of a word: `a`, `model_a`, `tie`, `tie (bothbad)`, `tie(both bad)` and the like; empty for none.
    ///
    /// - Parameter applied: told where the tie is one of two bad answers, or of a judge who was not consistent.
    func label(winner word: String?, _ applied: inout AppliedRules) throws(Reject) -> ComparisonLabel? {
        if labels == .absent { return nil }
        switch (word ?? "").lowercased().filter({ $0.isLetter }) {
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
        default: throw Reject(.invalidWinner, "winner: '\((word ?? "").prefix(40))'")
        }
    }

    /// The label of a verdict such as `A>>B`, `B>A` or `A=B`; empty for none.
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

    /// Exchanges a row's sides with probability ½, drawn by seed and row number.
    func exchangeByChance(_ draft: inout IngestDraft, row: Int) {
        guard exchangesSides else { return }
        var random = SeededGenerator(seed: seed, stream: row)
        if random.chance(0.5) { draft.exchangeSides() }
    }

    /// True or false of a mark such as `1`, `0.0` or `true`; an empty one is false.
    static func mark(_ text: ArraySlice<UInt8>, _ column: String) throws(Reject) -> Bool {
        if text.count == 1 {
            if text.first == UInt8(ascii: "1") { return true }
            if text.first == UInt8(ascii: "0") { return false }
        }
        let word = String(decoding: text.prefix(40), as: UTF8.self)
        switch word {
        case "1.0", "true", "True", "TRUE": return true
        case "0.0", "false", "False", "FALSE", "": return false
        default: throw Reject(.invalidWinner, "\(column): '\(word)'")
        }
    }
}
