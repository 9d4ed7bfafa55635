/// The rules that changed a row; counted in the report.
struct AppliedRules: OptionSet, Sendable, Hashable {
    let rawValue: UInt16

    /// Sides A and B were exchanged at random, because the file always puts the winner first.
    static let sidesExchanged = AppliedRules(rawValue: 1 << 0)
    /// A system prompt was dropped.
    static let systemPromptLeftOut = AppliedRules(rawValue: 1 << 1)
    /// Turns after the judged one were dropped.
    static let laterTurnsLeftOut = AppliedRules(rawValue: 1 << 2)
    /// Both answers were judged bad, which counts as a tie.
    static let bothBad = AppliedRules(rawValue: 1 << 3)
    /// The judge was inconsistent when the sides were exchanged, which counts as a tie.
    static let inconsistent = AppliedRules(rawValue: 1 << 4)
    /// A verdict `>>` or `<<` counts as a plain win.
    static let clearWin = AppliedRules(rawValue: 1 << 5)
    /// Equal ratings count as a tie.
    static let equalRatings = AppliedRules(rawValue: 1 << 6)
    /// Prompt and answers are plain texts instead of lists: one turn.
    static let plainTexts = AppliedRules(rawValue: 1 << 7)
    /// A list was written by Python, in its own syntax instead of JSON.
    static let pythonLists = AppliedRules(rawValue: 1 << 8)
    /// The text parts of a message were joined by line breaks.
    static let partsJoined = AppliedRules(rawValue: 1 << 9)
    /// A JSON record has a field for its label, even if that is null. Not a rule, so it has no name.
    static let labelField = AppliedRules(rawValue: 1 << 15)

    /// The names used in the report and the metrics.
    static let names: [(rule: AppliedRules, name: String)] = [
        (sidesExchanged, "sidesExchanged"), (systemPromptLeftOut, "systemPromptLeftOut"),
        (laterTurnsLeftOut, "laterTurnsLeftOut"), (bothBad, "bothBad"), (inconsistent, "inconsistent"),
        (clearWin, "clearWin"), (equalRatings, "equalRatings"), (plainTexts, "plainTexts"),
        (pythonLists, "pythonLists"), (partsJoined, "partsJoined"),
    ]
}
