/// A token that is extracted from the text before the model sees it.
struct AddedToken: Sendable {
    var id: Int32
    var content: [UInt8]
    /// Its form in decoded text: the normalized form, if it is searched for in the normalized text.
    var decoded: [UInt8]?
    /// Whether it only matches between non-word characters.
    var isSingleWord = false
    /// Whether it includes the white space to its left.
    var stripsLeft = false
    /// Whether it includes the white space to its right.
    var stripsRight = false
    /// Whether it is searched for in the normalized text.
    var isNormalized = false
    var isSpecial = true
}

/// A piece of text: a token that was found, or the text between tokens.
struct TextPiece: Sendable {
    /// The token's id; nil for text.
    var id: Int32?
    var range: Range<Int>
}

/// What is left of a text from which tokens are extracted.
struct TextRest: Sendable {
    /// Where the text starts and ends.
    let start: Int
    let end: Int
    /// Where the next token is searched for.
    var position: Int
    /// Up to where the pieces are known.
    var done: Int
    /// The token behind the last piece, if it was found.
    var token: TextPiece?

    init(_ range: Range<Int>) {
        (start, end) = (range.lowerBound, range.upperBound)
        (position, done) = (start, start)
    }
}

/// Which special tokens in a text count as tokens.
enum SpecialFilter: Sendable {
    case all
    case none
    case only(Set<Int32>)

    func accepts(_ token: AddedToken) -> Bool {
        if !token.isSpecial { return true }
        return switch self {
        case .all: true
        case .none: false
        case .only(let ids): ids.contains(token.id)
        }
    }
}
