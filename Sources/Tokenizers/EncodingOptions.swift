/// Options for encoding a text.
public struct EncodingOptions: Sendable, Hashable {
    /// An end of a text.
    public enum Side: Sendable, Hashable {
        case left, right
    }

    /// How the spellings of special tokens in a text are treated.
    public enum SpecialTokens: Sendable, Hashable {
        /// As the tokens: for templates, and for trusted text.
        case asTokens
        /// As ordinary text.
        case asText
    }

    /// Whether to add the tokens that the model expects around a text (such as `<bos>`). Default: yes.
    public var addsSpecialTokens: Bool
    /// How the spellings of special tokens in the text are treated. Default: as the tokens.
    public var specialTokens: SpecialTokens
    /// The maximum number of ids, including added ones; nil for no limit. Default: none.
    public var limit: Int?
    /// The side from which ids are removed if there are more than `limit`. Default: right.
    public var truncation: Side

    /// Which special tokens of a text are tokens.
    var specialFilter: SpecialFilter { specialTokens == .asTokens ? .all : .none }

    /// Options from their parts.
    public init(
        addsSpecialTokens: Bool = true, specialTokens: SpecialTokens = .asTokens, limit: Int? = nil,
        truncation: Side = .right
    ) {
        self.addsSpecialTokens = addsSpecialTokens
        self.specialTokens = specialTokens
        self.limit = limit
        self.truncation = truncation
    }
}
