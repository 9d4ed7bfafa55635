internal import JSON

extension TokenizerJSON {
    /// The added tokens, each as it is searched for.
    func addedTokens(
        _ list: [Value], _ vocabulary: Vocabulary, _ normalizers: [Normalizer]
    ) throws(TokenizerError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        var listed: [[UInt8]: Int] = [:]
        var patterns: [[UInt8]: [UInt8]] = [:]
        // `tokenizers` numbers those that the model lacks by itself.
        var next = vocabulary.count
        for entry in list {
            var token = try addedToken(entry)
            if token.content.isEmpty { continue }
            if let earlier = listed[token.content] {
                guard tokens[earlier].hasSettings(of: token) else {
                    throw .malformed(
                        "the added token '\(display(token.content))' is listed twice, with different settings"
                    )
                }
                continue
            }
            if let id = vocabulary.id(of: token.content) {
                token.id = id
            } else {
                guard Int(token.id) == next else {
                    throw .malformed(
                        "the added token '\(display(token.content))' has the id \(token.id), but its place among the added tokens gives it \(next)"
                    )
                }
                guard vocabulary.token(token.id) == nil else {
                    throw .malformed(
                        "the added token '\(display(token.content))' has the id \(token.id), which a token of the model has"
                    )
                }
                next += 1
            }
            if token.isNormalized {
                let pattern = try pattern(of: token, normalizers)
                if let other = patterns.updateValue(token.content, forKey: pattern) {
                    throw .unsupported(
                        "the added tokens '\(display(other))' and '\(display(token.content))' are equal when normalized: either could be found"
                    )
                }
                token.decoded = pattern
            }
            listed[token.content] = tokens.count
            tokens.append(token)
        }
        return tokens
    }

    private func addedToken(_ entry: Value) throws(TokenizerError) -> AddedToken {
        let content = try bytes("content", of: entry, "added token")
        let id = try id(document.member("id", of: entry), "the added token '\(display(content))'")
        var token = AddedToken(id: id, content: content)
        token.isSingleWord = document.boolean("single_word", of: entry) ?? false
        token.stripsLeft = document.boolean("lstrip", of: entry) ?? false
        token.stripsRight = document.boolean("rstrip", of: entry) ?? false
        token.isSpecial = document.boolean("special", of: entry) ?? false
        token.isNormalized = document.boolean("normalized", of: entry) ?? !token.isSpecial
        return token
    }

    /// What is searched for in normalized text.
    private func pattern(
        of token: AddedToken, _ normalizers: [Normalizer]
    ) throws(TokenizerError) -> [UInt8] {
        let pattern = normalizers.reduce(token.content) { $1.applied(to: $0) }
        guard !pattern.isEmpty else {
            throw .unsupported(
                "the added token '\(display(token.content))' is nothing when normalized, and would be found everywhere"
            )
        }
        return pattern
    }
}

extension AddedToken {
    fileprivate func hasSettings(of other: AddedToken) -> Bool {
        isSingleWord == other.isSingleWord && stripsLeft == other.stripsLeft
            && stripsRight == other.stripsRight
            && isNormalized == other.isNormalized && isSpecial == other.isSpecial
    }
}
