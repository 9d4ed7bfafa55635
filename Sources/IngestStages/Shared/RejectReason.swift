/// Why a row of an input file was not taken.
enum RejectReason: String, Sendable, Hashable, CaseIterable {
    case fieldCount = "field-count"
    case malformedField = "malformed-field"
    case invalidUTF8 = "invalid-utf8"
    case oversizeCell = "oversize-cell"
    case malformedCell = "malformed-cell"
    case missingIdentifier = "missing-id"
    case duplicateIdentifier = "duplicate-id"
    case unequalLengths = "unequal-lengths"
    case noTurns = "no-turns"
    case roles = "roles"
    case promptsDiffer = "prompts-differ"
    case noWinner = "no-winner"
    case severalWinners = "several-winners"
    case invalidWinner = "invalid-winner"
    case unicodeEscape = "unicode-escape"
    case missingMarker = "missing-marker"
    case otherJudge = "other-judge"
    case smallerGap = "smaller-gap"

    /// True where a rule chose other rows and nothing is wrong with this one: it does not count as a failure.
    var isChoice: Bool {
        switch self {
        case .unicodeEscape, .otherJudge, .smallerGap: true
        default: false
        }
    }

    /// What it means, for people.
    var meaning: String {
        switch self {
        case .fieldCount: "the row has more or fewer fields than the header"
        case .malformedField: "text follows the closing quote of a field"
        case .invalidUTF8: "a field is not UTF-8"
        case .oversizeCell: "a field is larger than `maximumCellBytes`"
        case .malformedCell: "a list cannot be read; the text says what is wrong at which byte"
        case .missingIdentifier: "the row has no id"
        case .duplicateIdentifier: "an earlier row has the same id"
        case .unequalLengths: "prompt, response A and response B have different numbers of turns"
        case .noTurns: "the conversation is empty"
        case .roles: "user and assistant do not take turns"
        case .promptsDiffer: "the two conversations of a row have different prompts"
        case .noWinner: "no winner is marked, and labels are required"
        case .severalWinners: "more than one winner is marked"
        case .invalidWinner: "the winner's mark is none of those known"
        case .unicodeEscape: "a text holds an escape that was escaped, and `dropUnicodeEscapes` is set"
        case .missingMarker: "an Arena-Hard game's text lacks one of the markers around question and answers"
        case .otherJudge: "the judge is not of the kind that `judges` asks for"
        case .smallerGap:
            "another row of the same prompt has a larger gap between its ratings, or as large and earlier"
        }
    }
}

/// A row that was not taken.
struct Reject: Error, Sendable, Hashable {
    /// Why.
    var reason: RejectReason
    /// What exactly, where there is more to say.
    var text: String?

    init(_ reason: RejectReason, _ text: String? = nil) {
        self.reason = reason
        self.text = text
    }
}
