import StageSchemas

/// Why a row of an input file was rejected.
enum RejectReason: String, Sendable, Hashable, CaseIterable {
    case fieldCount = "field-count"
    case malformedField = "malformed-field"
    case invalidUTF8 = "invalid-utf8"
    case oversizeCell = "oversize-cell"
    case malformedCell = "malformed-cell"
    case nulByte = "nul-byte"
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

    /// Whether a rule preferred other rows and nothing is wrong with this one; then it does not count as a failure.
    var isChoice: Bool {
        switch self {
        case .unicodeEscape, .otherJudge, .smallerGap: true
        default: false
        }
    }

    /// An explanation.
    var meaning: String {
        switch self {
        case .fieldCount: "the row has more or fewer fields than the header"
        case .malformedField: "text follows the closing quote of a field"
        case .invalidUTF8: "a field is not UTF-8"
        case .oversizeCell: "a field is larger than `maximumCellBytes`"
        case .malformedCell: "a list cannot be read; the text says what is wrong at which byte"
        case .nulByte: "a field contains a NUL byte: the file is damaged, or is not text"
        case .missingIdentifier: "the row has no id"
        case .duplicateIdentifier: "an earlier row has the same id"
        case .unequalLengths: "prompt, response A and response B have different numbers of turns"
        case .noTurns: "the conversation is empty"
        case .roles: "user and assistant do not take turns"
        case .promptsDiffer: "the two conversations of a row have different prompts"
        case .noWinner: "no winner is marked, and labels are required"
        case .severalWinners: "more than one winner is marked, or two columns disagree"
        case .invalidWinner: "the winner's mark is not one of the known ones"
        case .unicodeEscape: "a text contains a doubly escaped character, and `dropUnicodeEscapes` is set"
        case .missingMarker: "an Arena-Hard game's text lacks one of the markers around question and answers"
        case .otherJudge: "the judge is not of the kind selected by `judges`"
        case .smallerGap:
            "another row with the same prompt has a larger rating gap, or an equal one and comes earlier"
        }
    }
}

/// Why a row is rejected, with the details.
struct Reject: Error, Sendable, Hashable {
    /// The reason.
    var reason: RejectReason
    /// The details, if there are any.
    var detail: String?
    /// The column, if one column is at fault.
    var column: String?
    /// The beginning of the cell.
    var cell: String?

    /// The number of bytes of a cell that are kept.
    private static let excerptBytes = 160

    init(
        _ reason: RejectReason, _ detail: String? = nil, column: String? = nil,
        cell: ArraySlice<UInt8>? = nil
    ) {
        self.reason = reason
        self.detail = detail
        self.column = column
        self.cell = cell.map(Self.excerpt)
    }

    /// Column and details.
    var text: String? {
        let parts = [column, detail].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ": ")
    }

    /// The whole sentence for a row.
    func sentence(row: Int) -> String {
        var sentence = "row \(row)"
        if let column { sentence += ", column '\(column)'" }
        sentence += ": \(reason.rawValue)"
        if let detail { sentence += ", \(detail)" }
        if let cell { sentence += "; the cell begins with \(Value.string(cell).json)" }
        return sentence
    }

    /// The beginning of a cell, cut between characters; invalid UTF-8 is replaced.
    private static func excerpt(_ cell: ArraySlice<UInt8>) -> String {
        var start = cell.prefix(excerptBytes)
        if start.count < cell.count {
            while let last = start.last, last & 0xC0 == 0x80 { start.removeLast() }
            if let last = start.last, last >= 0xC0 { start.removeLast() }
        }
        return String(decoding: start, as: UTF8.self)
    }
}
