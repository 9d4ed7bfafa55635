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
        try checkVersion()
        let normalizers = try normalizers(document.member("normalizer", of: document.root))
        let preTokenizers = try preTokenizers(document.member("pre_tokenizer", of: document.root))
        let words = preTokenizers.filter { !Self.isIdle($0, among: preTokenizers, after: normalizers) }
        let loaded = try loadModel(model)
        let added = try addedTokens(
            document.list("added_tokens", of: document.root) ?? [], loaded.vocabulary, normalizers)
        let template = try template(document.member("post_processor", of: document.root))
        let decoder = try decoder(document.member("decoder", of: document.root))
        let raw = added.filter { !$0.isNormalized }
        let normalized = added.filter(\.isNormalized)
        let encoder = TextEncoder(
            tokens: TokenMatcher(raw), normalizers: normalizers,
            normalizedTokens: TokenMatcher(normalized, patterns: normalized.map { $0.decoded ?? $0.content }),
            preTokenizers: words, model: loaded.model, cutter: loaded.cutter)
        return TokenizerParts(
            encoder: encoder, decoder: decoder, template: template, vocabulary: loaded.vocabulary,
            added: Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { $1 }))
    }

    /// Whether a split can never match, such as Gemma's at spaces, which the normalizer has replaced by then.
    private static func isIdle(
        _ step: PreTokenizer, among steps: [PreTokenizer], after normalizers: [Normalizer]
    ) -> Bool {
        guard case .literal(let literal, _) = step, literal.count == 1,
            case .replace(literal, let replacement)? = normalizers.last
        else { return false }
        let spaces = steps.flatMap { if case .metaspace(let space, _, _) = $0 { space } else { [UInt8]() } }
        return !(replacement + spaces).contains(literal[0])
    }

    /// Throws if the file is of another version.
    ///
    /// `truncation` and `padding` are what the program that saved the file last asked for, and no property of the model: transformers
    /// ignores them, too.
    private func checkVersion() throws(TokenizerError) {
        let root = document.root
        if document.member("version", of: root) != nil, document.string("version", of: root) != "1.0" {
            throw .unsupported("the file's version is not 1.0, the only one that is known")
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
}
