extension PlainVocabulary {
    /// llama.cpp's names for the supported ways to split text into words.
    private static let patterns: [String: SplitPattern] = [
        "gpt-2": .gpt2, "llama-bpe": .llama3, "llama3": .llama3, "llama-v3": .llama3, "qwen2": .qwen2,
    ]

    /// The file `tokenizer.json` of byte pairs.
    func json(_ merges: [[UInt8]], splitting: String) throws(TokenizerError) -> [UInt8] {
        guard let pattern = Self.patterns[splitting] else {
            throw .unsupported(
                "splitting words as '\(splitting.prefix(50))' is not implemented; "
                    + "\(Self.patterns.keys.sorted().joined(separator: ", ")) are")
        }
        var pairs: [(left: [UInt8], right: [UInt8])] = []
        for (index, merge) in merges.enumerated() {
            guard let pair = TextTables.pair(merge[...]) else {
                throw .malformed("merge \(index) is not a pair of tokens")
            }
            pairs.append((Array(pair.left), Array(pair.right)))
        }
        var added: [ByteLevelFile.Added] = []
        var vocabulary: [(token: [UInt8], id: Int)] = []
        for (id, token) in tokens.enumerated() {
            guard isValidUTF8(token) else { throw .malformed("token \(id) is not UTF-8") }
            switch kinds[id] {
            case .normal, .byte: vocabulary.append((token, id))
            case .control, .unknown: added.append(ByteLevelFile.Added(id: id, content: token))
            case .userDefined: added.append(ByteLevelFile.Added(id: id, content: token, isSpecial: false))
            // Padding of a table is never found in a text.
            case .unused: break
            }
        }
        // The library numbers added tokens that the model lacks from the number of the model's tokens on: others are the model's, too.
        let last = vocabulary.last?.id ?? -1
        let behind = added.filter { $0.id > last }
        let first = vocabulary.count + added.count - behind.count
        let isNumbered = behind.enumerated().allSatisfy { $0.element.id == first + $0.offset }
        vocabulary += added.filter { $0.id < last || !isNumbered }.map { ($0.content, $0.id) }
        let begin = addsBeginToken ? beginToken.map { ByteLevelFile.Added(id: $0, content: tokens[$0]) } : nil
        // Qwen composes text first; Llama 3 looks up whole words before it merges.
        let file = ByteLevelFile(
            added: added, composes: pattern == .qwen2, pattern: pattern, begin: begin,
            ignoresMerges: pattern == .llama3, vocabulary: vocabulary, merges: pairs)
        return file.json()
    }
}
