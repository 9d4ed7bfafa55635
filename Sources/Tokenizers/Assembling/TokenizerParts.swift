/// What a tokenizer is made of, whatever file it comes from.
struct TokenizerParts: Sendable {
    /// What becomes of input that is not UTF-8.
    enum Repair: Sendable {
        /// Every broken sequence becomes U+FFFD.
        case sequences
        /// Every byte that belongs to no scalar becomes U+FFFD.
        case bytes
        /// The same, but only after the normalizer's map, which leaves it alone.
        case afterMap
    }

    var encoder: TextEncoder
    var decoder: TokenDecoder
    var template = Template()
    /// Tokens as the file spells them.
    var vocabulary: Vocabulary
    /// The tokens that are found in the text before the model sees it.
    var added: [Int32: AddedToken] = [:]
    var repair = Repair.sequences
    /// The id that ends a text; nil for none or not known.
    var end: Int32?

    /// One more than the highest id.
    var upperBound: Int { max(vocabulary.upperBound, Int(added.keys.max() ?? -1) + 1) }

    /// A token as the file spells it; nil for an id that is none's.
    func token(_ id: Int32) -> [UInt8]? { added[id].map { $0.decoded ?? $0.content } ?? vocabulary.token(id) }
}
