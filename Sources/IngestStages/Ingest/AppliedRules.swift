/// What was done to a row besides reading it as it is; counted in the report.
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

    /// The names used in the report and the metrics.
    static let names: [(rule: AppliedRules, name: String)] = [
        (sidesExchanged, "sidesExchanged"), (systemPromptLeftOut, "systemPromptLeftOut"),
        (laterTurnsLeftOut, "laterTurnsLeftOut"), (bothBad, "bothBad"), (inconsistent, "inconsistent"),
        (clearWin, "clearWin"), (equalRatings, "equalRatings"),
    ]
}
