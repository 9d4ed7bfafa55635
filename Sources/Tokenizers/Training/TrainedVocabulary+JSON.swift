extension TrainedVocabulary {
    /// The file `tokenizer.json`, in the format of `tokenizers`.
    public func json() -> [UInt8] {
        func added(_ token: String) -> ByteLevelFile.Added {
            ByteLevelFile.Added(id: id(of: token) ?? 0, content: Array(token.utf8))
        }
        return ByteLevelFile(
            added: (options.leadingTokens + options.trailingTokens).map(added),
            pattern: options.splitting.pattern, begin: options.beginToken.map(added),
            vocabulary: (0..<tokens.count).map { (tokens.bytes(of: $0), $0) },
            merges: merges.map { (tokens.bytes(of: Int($0.left)), tokens.bytes(of: Int($0.right))) }
        ).json()
    }
}
