/// How a text becomes ids.
public struct EncodingOptions: Sendable, Hashable {
    /// An end of a text.
    public enum Side: Sendable, Hashable {
        case left, right
    }

    /// What the spellings of special tokens in a text mean.
    public enum SpecialTokens: Sendable, Hashable {
        /// They are the tokens: for templates, and for text that one trusts.
        case asTokens
        /// They are text like any other.
        case asText
    }

    /// Whether the tokens that the model expects around a text (such as `<bos>`) are added. Default: yes.
    public var addsSpecialTokens: Bool
    /// What the spellings of special tokens in the text mean. Default: the tokens.
    public var specialTokens: SpecialTokens
    /// The most ids, added ones included; nil for no limit. Default: none.
    public var limit: Int?
    /// The side that loses ids where there are more than `limit`. Default: right.
    public var truncation: Side

    /// Options of their parts.
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
