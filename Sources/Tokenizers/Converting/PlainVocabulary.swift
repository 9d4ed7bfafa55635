/// A tokenizer as tables, as in a GGUF file: the tokens, their kinds, and how they merge.
public struct PlainVocabulary: Sendable {
    /// The kind of a token, with SentencePiece's numbers.
    public enum Kind: Int, Sendable, Hashable {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    /// How words become tokens.
    public enum Model: Sendable {
        /// GPT-2's: bytes in its alphabet, pairs in the order in which they merge, and the name of the way to split words.
        case bytePairs(merges: [[UInt8]], splitting: String)
        /// SentencePiece's byte pairs: a score for each token.
        case scores([Float])
    }

    /// The tokens; a token's index is its id.
    public var tokens: [[UInt8]]
    /// The kind of each.
    public var kinds: [Kind]
    /// How words become tokens.
    public var model: Model
    /// The token that begins a text.
    public var beginToken: Int?
    /// Whether it is added before a text.
    public var addsBeginToken: Bool
    /// The token that ends a text.
    public var endToken: Int?
    /// The token for unknown text.
    public var unknownToken: Int?
    /// Whether a space is put before every text, as in SentencePiece.
    public var addsPrefixSpace: Bool

    /// A tokenizer from its tables.
    ///
    /// - Throws: `malformed` if they are inconsistent.
    public init(
        tokens: [[UInt8]], kinds: [Kind], model: Model, beginToken: Int?, addsBeginToken: Bool,
        endToken: Int?,
        unknownToken: Int?, addsPrefixSpace: Bool
    ) throws(TokenizerError) {
        guard !tokens.isEmpty, tokens.count < Vocabulary.maximumID, kinds.count == tokens.count else {
            throw .malformed("there are \(tokens.count) tokens and \(kinds.count) kinds of tokens")
        }
        if case .scores(let scores) = model, scores.count != tokens.count || !scores.allSatisfy(\.isFinite) {
            throw .malformed("each of the \(tokens.count) tokens needs a finite score")
        }
        for token in [beginToken, endToken, unknownToken] {
            guard token.map({ tokens.indices.contains($0) }) ?? true else {
                throw .malformed("the special token \(token ?? 0) is not one of the \(tokens.count) tokens")
            }
        }
        self.tokens = tokens
        self.kinds = kinds
        self.model = model
        self.beginToken = beginToken
        self.addsBeginToken = addsBeginToken
        self.endToken = endToken
        self.unknownToken = unknownToken
        self.addsPrefixSpace = addsPrefixSpace
    }

    /// The tokenizer's file in its original format, `tokenizer.json` or `tokenizer.model`; reading it gives this tokenizer again.
    ///
    /// - Throws: `unsupported` if the way to split words is unknown, `malformed` if the result cannot be read.
    public func file() throws(TokenizerError) -> (name: String, bytes: [UInt8]) {
        let file: (name: String, bytes: [UInt8])
        switch model {
        case .bytePairs(let merges, let splitting):
            file = ("tokenizer.json", try json(merges, splitting: splitting))
        case .scores(let scores): file = ("tokenizer.model", sentencePiece(scores))
        }
        _ = try Tokenizer(bytes: file.bytes)
        return file
    }
}
