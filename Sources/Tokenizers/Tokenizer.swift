/// Turns text into ids and back, like a model's own tokenizer.
///
/// ```swift
/// let tokenizer = try Tokenizer(contentsOf: "checkpoints/gemma-2-2b-it")
/// let ids = try tokenizer.encode("Which answer is better?", EncodingOptions(limit: 1024, truncation: .left))
/// tokenizer.decode(ids)  // "Which answer is better?"
/// ```
///
/// Ids equal those of `tokenizers`, `sentencepiece` and `tiktoken`. A value is cheap to copy, and threads may share it:
/// its cache of words is stored separately.
public struct Tokenizer: Sendable {
    /// The maximum length of a text, in bytes.
    static let maximumTextBytes = 1 << 30

    let parts: TokenizerParts
    let states = EncoderStatePool()

    init(_ parts: TokenizerParts) { self.parts = parts }

    /// One more than the highest id: the minimum number of rows of an embedding.
    var idCount: Int { parts.upperBound }

    /// The ids that `encode` puts before a text, such as that of `<bos>`.
    var idsBefore: [Int32] { parts.template.before }

    /// The ids that `encode` puts after a text.
    var idsAfter: [Int32] { parts.template.after }

    /// The id of a token as the file spells it (`▁the`, `Ġthe`, `<eos>`); nil if there is none.
    public func id(of token: String) -> Int32? {
        let bytes = Array(token.utf8)
        return parts.added.values.filter { $0.content == bytes }.map(\.id).max()
            ?? parts.vocabulary.id(of: bytes)
    }

    /// The token with an id as the file spells it, with invalid UTF-8 repaired; nil for an id without a token.
    public func token(_ id: Int32) -> String? { parts.token(id).map { String(decoding: $0, as: UTF8.self) } }

    /// Whether an id is that of a special token, such as `<eos>`, which decoding omits.
    func isSpecial(_ id: Int32) -> Bool { parts.added[id]?.isSpecial ?? false }

    /// The ids of a text. Takes at most O(n log n) time in the text's length n, whatever the text.
    ///
    /// - Throws: an error with the code `text` if the limit has no room for the added tokens, or the text is longer
    ///   than `maximumTextBytes`.
    public func encode(
        _ text: String, _ options: EncodingOptions = EncodingOptions()
    ) throws(TokenizerError) -> [Int32] {
        try encode(checked: text.utf8.span, options)
    }

    /// The ids of bytes that should be UTF-8. Invalid bytes become U+FFFD: each byte that is not part of a character
    /// for SentencePiece models, each invalid sequence for others, as in the original libraries.
    ///
    /// - Throws: as for a `String`.
    public func encode(
        bytes: [UInt8], _ options: EncodingOptions = EncodingOptions()
    ) throws(TokenizerError) -> [Int32] {
        if isValidUTF8(bytes) { return try encode(checked: bytes.span, options) }
        switch parts.repair {
        case .sequences: return try encode(String(decoding: bytes, as: UTF8.self), options)
        case .bytes: return try encode(checked: repairedPerByte(bytes).span, options)
        case .afterMap: return try encode(checked: bytes.span, options)
        }
    }

    /// The ids of text that is valid UTF-8, or that the normalizer repairs.
    private func encode(checked text: Span<UInt8>, _ options: EncodingOptions) throws(TokenizerError)
        -> [Int32]
    {
        try Self.checkLength(text.count)
        return try states.withState { state throws(TokenizerError) in
            try Self.ids(
                text, parts.encoder, parts.template, options.specialFilter, options, &state)
        }
    }

    static func checkLength(_ count: Int) throws(TokenizerError) {
        guard count <= maximumTextBytes else {
            throw TokenizerError(
                .text, "the text has \(count) bytes, more than the limit of \(maximumTextBytes); split it")
        }
    }

    /// The ids of a text in an array of just their size.
    static func ids(
        _ text: Span<UInt8>, _ encoder: TextEncoder, _ template: borrowing Template,
        _ filter: SpecialFilter, _ options: EncodingOptions, _ state: inout EncoderState
    ) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        swap(&ids, &state.ids)
        defer {
            ids.removeAll(keepingCapacity: ids.count < 1 << 18)
            swap(&ids, &state.ids)
        }
        encoder.append(text, filter, &state, to: &ids)
        return try template.assemble(ids.span, options)
    }

    /// The text for ids, with invalid UTF-8 repaired. Ids without a token are omitted.
    ///
    /// - Parameter skipsSpecialTokens: whether special tokens are omitted too.
    public func decode(_ ids: [Int32], skipsSpecialTokens: Bool = true) -> String {
        String(decoding: decodeBytes(ids, skipsSpecialTokens: skipsSpecialTokens), as: UTF8.self)
    }

    /// The bytes for ids: a token may be part of a character.
    public func decodeBytes(_ ids: [Int32], skipsSpecialTokens: Bool = true) -> [UInt8] {
        var tokens: [(id: Int32, bytes: [UInt8])] = []
        tokens.reserveCapacity(ids.count)
        for id in ids where !(skipsSpecialTokens && isSpecial(id)) {
            if let token = parts.token(id) { tokens.append((id, token)) }
        }
        return parts.decoder.decode(tokens)
    }
}
