internal import JSON

/// Creates a tokenizer from GPT-2's pair of files, `vocab.json` and `merges.txt`.
enum MergesReader {
    static func parts(vocabulary bytes: [UInt8], merges: [UInt8]) throws(TokenizerError) -> TokenizerParts {
        let document = try JSONDocument.reading(bytes)
        guard case .object(let members) = document.root else {
            throw .malformed("not a vocabulary: expected a JSON object")
        }
        var vocabulary = Vocabulary()
        for (key, value) in members {
            guard let id = document.integer(value) else {
                throw .malformed("token '\(document.string(key))' does not have an integer id")
            }
            try vocabulary.insert(Array(document.bytes(key)), id: id)
        }
        var builder = BytePairBuilder(vocabulary: vocabulary)
        for (left, right) in try TextTables.merges(merges) { try builder.add(left, right) }
        let (model, _) = try builder.model(isByteLevel: true)
        let end = Array("<|endoftext|>".utf8)
        let added = vocabulary.id(of: end).map { [AddedToken(id: $0, content: end)] } ?? []
        return TokenizerParts(
            encoder: TextEncoder(
                tokens: TokenMatcher(added), normalizers: [], normalizedTokens: TokenMatcher([]),
                preTokenizers: [.pattern(PatternScanner(.gpt2))], model: .bytePairs(model)),
            decoder: .steps([.byteLevel]), vocabulary: vocabulary,
            added: Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { $1 }), end: added.first?.id)
    }
}
