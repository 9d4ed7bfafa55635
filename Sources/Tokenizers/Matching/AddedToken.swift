/// A token that is found in the text before the model sees it.
struct AddedToken: Sendable {
    var id: Int32
    var content: [UInt8]
    /// What it is in a decoded text: its normalized form where it is looked for in the normalized text.
    var decoded: [UInt8]?
    /// Whether it must stand between things that are no words.
    var isSingleWord = false
    /// Whether it swallows the white space to its left.
    var stripsLeft = false
    /// Whether it swallows the white space to its right.
    var stripsRight = false
    /// Whether it is looked for in the normalized text.
    var isNormalized = false
    var isSpecial = true
}

/// A stretch of text: a token found, or text between tokens.
struct TextPiece: Sendable {
    /// The token's id; nil for text.
    var id: Int32?
    var range: Range<Int>
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
