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

    /// The label of a word: `a`, `model_a`, `tie`, `tie (bothbad)` and the like; empty for none.
    func label(word: String) throws(Reject) -> ComparisonLabel? {
        switch word {
        case "a", "A", "model_a": return .a
        case "b", "B", "model_b": return .b
        case "tie", "tie (bothbad)", "tie(bothbad)", "both_bad", "bothbad": return .tie
        case "":
            guard labels != .required else { throw Reject(.noWinner) }
            return nil
        default: throw Reject(.invalidWinner, "winner: '\(String(word.prefix(40)))'")
        }
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
