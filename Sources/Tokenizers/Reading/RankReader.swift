/// Creates a tokenizer from a tiktoken-style file of ranks, such as Llama-3's `tokenizer.model` or Qwen's.
enum RankReader {
    /// The parts described by ranks, with the split pattern and special tokens of a known family.
    static func parts(_ bytes: [UInt8]) throws(TokenizerError) -> TokenizerParts {
        let tokens = try TextTables.ranks(bytes)
        switch tokens.count {
        case 128_000:
            return try parts(tokens, .llama3, special: llama3Special, before: [128_000], end: 128_001)
        case 151_643:
            let special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
            return try parts(tokens, .qwen2, special: special, before: [], end: 151_643)
        default:
            throw .unsupported(
                "the split pattern for a file of \(tokens.count) ranks is unknown; Llama-3's (128000) and Qwen's "
                    + "(151643) are supported; use the model's tokenizer.json instead")
        }
    }

    /// The 256 special tokens of Llama-3.1, in the order of their ids from 128000.
    private static var llama3Special: [String] {
        var names = [
            "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
            "<|reserved_special_token_1|>",
            "<|finetune_right_pad_id|>", "<|reserved_special_token_2|>", "<|start_header_id|>",
            "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
        ]
        names += (3..<248).map { "<|reserved_special_token_\($0)|>" }
        return names
    }

    static func parts(
        _ tokens: [[UInt8]], _ pattern: SplitPattern, special: [String], before: [Int32], end: Int32
    ) throws(TokenizerError) -> TokenizerParts {
        var vocabulary = Vocabulary()
        for (rank, token) in tokens.enumerated() { try vocabulary.insert(token, id: rank) }
        let symbols = ContiguousArray((0..<256).map { vocabulary.id(of: [UInt8($0)]) ?? -1 })
        guard !symbols.contains(-1) else {
            throw .malformed("byte \(symbols.firstIndex(of: -1) ?? 0) has no rank; every byte needs one")
        }
        let entries = tokens.enumerated()
            .map { SplitMerges.Token(bytes: $0.element, id: Int32($0.offset), rank: UInt32($0.offset)) }
        let merges = SplitMerges.table(
            entries, isBoundary: { _ in true }, symbol: { text, range in vocabulary.id(of: text, range) })
        let added = special.enumerated()
            .map { AddedToken(id: Int32(tokens.count + $0.offset), content: Array($0.element.utf8)) }
        return TokenizerParts(
            encoder: TextEncoder(
                tokens: TokenMatcher(added), normalizers: [], normalizedTokens: TokenMatcher([]),
                preTokenizers: [.pattern(PatternScanner(pattern))],
                model: .bytePairs(
                    BytePairModel(alphabet: .bytes(symbols), merges: merges, wholeWords: vocabulary))),
            decoder: .bytes, template: Template(before: before), vocabulary: vocabulary,
            added: Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { $1 }), end: end)
    }
}
