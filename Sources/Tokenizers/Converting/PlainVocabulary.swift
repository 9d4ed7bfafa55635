/// A tokenizer as tables, as a GGUF file has it: tokens, what each is, and how they merge.
public struct PlainVocabulary: Sendable {
    /// What a token is; SentencePiece's numbers.
    public enum Kind: Int, Sendable, Hashable {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    /// How words become tokens.
    public enum Model: Sendable {
        /// GPT-2's way: bytes in its alphabet, pairs that merge in their order, and a name for how text is cut into words.
        case bytePairs(merges: [[UInt8]], splitting: String)
        /// SentencePiece's byte pairs: a score for each token.
        case scores([Float])
    }

    /// The tokens; a token's place is its id.
    public var tokens: [[UInt8]]
    /// What each is.
    public var kinds: [Kind]
    /// How words become tokens.
    public var model: Model
    /// The token that begins a text.
    public var beginToken: Int?
    /// Whether it is added before a text.
    public var addsBeginToken: Bool
    /// The token that ends a text.
    public var endToken: Int?
    /// The token of what is unknown.
    public var unknownToken: Int?
    /// Whether a space is put before a text, in SentencePiece's way.
    public var addsPrefixSpace: Bool

    /// A tokenizer of its tables.
    ///
    /// - Throws: `malformed` if they do not fit each other.
    public init(
        tokens: [[UInt8]], kinds: [Kind], model: Model, beginToken: Int?, addsBeginToken: Bool,
        endToken: Int?,
        unknownToken: Int?, addsPrefixSpace: Bool
    ) throws(TokenizerError) {
        guard !tokens.isEmpty, tokens.count < Vocabulary.maximumID, kinds.count == tokens.count else {
            throw .malformed("there are \(tokens.count) tokens and \(kinds.count) kinds of tokens")
        }
        if case .scores(let scores) = model, scores.count != tokens.count || !scores.allSatisfy(\.isFinite) {
            throw .malformed("there is not a score for each of \(tokens.count) tokens")
        }
        for token in [beginToken, endToken, unknownToken] {
            guard token.map({ tokens.indices.contains($0) }) ?? true else {
                throw .malformed("the special token \(token ?? 0) is none of \(tokens.count)")
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

    /// The tokenizer's file as its makers write it, `tokenizer.json` or `tokenizer.model`; read again, it gives this tokenizer.
    ///
    /// - Throws: `unsupported` if words are cut in a way that is not known, `malformed` if the result cannot be read.
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
