internal import JSON

/// Reads Hugging Face's `tokenizer.json`.
struct TokenizerJSON: Sendable {
    typealias Value = JSONDocument.Value

    let document: JSONDocument
    /// Whether words are spelled in GPT-2's byte alphabet before the model sees them.
    private(set) var isByteLevel = false

    /// The parts described by a file's bytes.
    static func parts(_ bytes: [UInt8]) throws(TokenizerError) -> TokenizerParts {
        var reader = TokenizerJSON(document: try .reading(bytes))
        return try reader.parts()
    }

    private mutating func parts() throws(TokenizerError) -> TokenizerParts {
        guard case .object = document.root, let model = document.member("model", of: document.root) else {
            throw .malformed("not a tokenizer.json: it has no model")
        }
        let normalizers = try normalizers(document.member("normalizer", of: document.root))
        let preTokenizers = try preTokenizers(document.member("pre_tokenizer", of: document.root))
            .filter { !Self.isIdle($0, after: normalizers) }
        try Self.checkPrefix(preTokenizers, after: normalizers)
        let loaded = try loadModel(model)
        var added = try addedTokens(
            document.list("added_tokens", of: document.root) ?? [], loaded.vocabulary)
        let template = try template(document.member("post_processor", of: document.root))
        let decoder = try decoder(document.member("decoder", of: document.root))
        for index in added.indices where added[index].isNormalized {
            let normalized = normalizers.reduce(added[index].content) { $1.applied(to: $0) }
            guard !normalized.isEmpty else {
                throw .unsupported(
                    "the added token '\(display(added[index].content))' is nothing when normalized, and would be found everywhere"
                )
            }
            added[index].decoded = normalized
        }
        let raw = added.filter { !$0.isNormalized }
        let normalized = added.filter(\.isNormalized)
        let encoder = TextEncoder(
            tokens: TokenMatcher(raw), normalizers: normalizers,
            normalizedTokens: TokenMatcher(normalized, patterns: normalized.map { $0.decoded ?? $0.content }),
            preTokenizers: preTokenizers, model: loaded.model, cutter: loaded.cutter)
        return TokenizerParts(
            encoder: encoder, decoder: decoder, template: template, vocabulary: loaded.vocabulary,
            added: Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { $1 }))
    }

    /// Whether a split can never match, such as Gemma's at spaces, which the normalizer has replaced by then.
    private static func isIdle(_ step: PreTokenizer, after normalizers: [Normalizer]) -> Bool {
        guard case .literal(let literal, _) = step, literal.count == 1,
            case .replace(literal, let replacement)? = normalizers.last
        else { return false }
        return !replacement.contains(literal[0])
    }

    /// Throws if a space goes before the first word of a text only, and a normalizer may remove the beginning: the library then
    /// takes what is left for no beginning.
    private static func checkPrefix(
        _ steps: [PreTokenizer], after normalizers: [Normalizer]
    ) throws(TokenizerError) {
        let isPrefixed = steps.contains { if case .metaspace(_, .first, _) = $0 { true } else { false } }
        let isCut = normalizers.contains { normalizer in
            switch normalizer {
            case .strip(let left, _): left
            case .replace(_, let replacement): replacement.isEmpty
            default: false
            }
        }
        if isPrefixed, isCut {
            throw .unsupported(
                "a Metaspace with the prepend_scheme first is not implemented after a normalizer that may remove the text's beginning"
            )
        }
    }

    mutating func noteByteLevel() { isByteLevel = true }

    /// The `type` of a component; throws if there is none.
    func type(of component: Value, _ what: String) throws(TokenizerError) -> String {
        guard let type = document.string("type", of: component) else {
            throw .malformed("the \(what) has no type")
        }
        return type
    }

    /// The components of a sequence under `key`.
    func sequence(_ key: String, of component: Value, _ what: String) throws(TokenizerError) -> [Value] {
        guard let parts = document.list(key, of: component) else {
            throw .malformed("the \(what) of type Sequence has no list '\(key)'")
        }
        return parts
    }

    /// The bytes of a string member; throws if there is none.
    func bytes(_ key: String, of component: Value?, _ what: String) throws(TokenizerError) -> [UInt8] {
        guard case .string(let string)? = document.member(key, of: component) else {
            throw .malformed("the \(what) has no text '\(key)'")
        }
        return Array(document.bytes(string))
    }

    /// An id that a vocabulary can have; throws if it is not one.
    func id(_ value: Value?, _ what: String) throws(TokenizerError) -> Int32 {
        guard let number = document.integer(value), number >= 0, number < Vocabulary.maximumID else {
            throw .malformed("\(what) has no id from 0 to \(Vocabulary.maximumID - 1)")
        }
        return Int32(number)
    }

    /// The added tokens, special ones first, since they take precedence over others with the same spelling.
    private func addedTokens(
        _ list: [Value], _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> [AddedToken] {
        var special: [AddedToken] = []
        var other: [AddedToken] = []
        for entry in list {
            let content = try bytes("content", of: entry, "added token")
            if content.isEmpty { continue }
            let listed = try id(document.member("id", of: entry), "the added token '\(display(content))'")
            var token = AddedToken(id: vocabulary.id(of: content) ?? listed, content: content)
            token.isSingleWord = document.boolean("single_word", of: entry) ?? false
            token.stripsLeft = document.boolean("lstrip", of: entry) ?? false
            token.stripsRight = document.boolean("rstrip", of: entry) ?? false
            token.isSpecial = document.boolean("special", of: entry) ?? false
            token.isNormalized = document.boolean("normalized", of: entry) ?? !token.isSpecial
            if token.isSpecial { special.append(token) } else { other.append(token) }
        }
        return special + other
    }
}
