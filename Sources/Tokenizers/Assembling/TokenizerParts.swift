/// The parts of a tokenizer, whatever file it comes from.
struct TokenizerParts: Sendable {
    /// How invalid UTF-8 is handled.
    enum Repair: Sendable {
        /// Every invalid sequence becomes U+FFFD.
        case sequences
        /// Every byte that is not part of a scalar becomes U+FFFD.
        case bytes
        /// The same, but only after the normalizer's map, which leaves it unchanged.
        case afterMap
    }

    var encoder: TextEncoder
    var decoder: TokenDecoder
    var template = Template()
    /// Tokens as the file spells them.
    var vocabulary: Vocabulary
    /// The tokens that are extracted from the text before the model sees it.
    var added: [Int32: AddedToken] = [:]
    var repair = Repair.sequences
    /// The id that ends a text; nil if there is none or it is unknown.
    var end: Int32?

    /// One more than the highest id.
    var upperBound: Int { max(vocabulary.upperBound, Int(added.keys.max() ?? -1) + 1) }

    /// A token as the file spells it; nil for an id without a token.
    func token(_ id: Int32) -> [UInt8]? { added[id].map { $0.decoded ?? $0.content } ?? vocabulary.token(id) }
}
