/// English words that are characteristic of a kind of text, in groups.
enum Lexicon {
    /// The groups, with their words in lower case.
    static let groups: [(name: String, words: [String])] = [
        ("first person", ["i", "i'm", "i've", "i'll", "my", "me"]),
        ("second person", ["you", "your", "you're", "you'll"]),
        ("assistant", ["ai", "language", "model", "assistant", "chatbot"]),
        ("regret", ["sorry", "apologize", "unfortunately", "apologies", "regret"]),
        ("inability", ["cannot", "can't", "unable", "won't", "couldn't", "impossible"]),
        ("negation", ["not", "no", "don't", "doesn't", "isn't", "never", "didn't", "aren't"]),
        ("contrast", ["however", "but", "although", "while", "though", "whereas"]),
        ("hedging", ["may", "might", "could", "perhaps", "possibly", "likely", "generally", "often"]),
        ("advice", ["should", "recommend", "important", "consider", "ensure", "best", "try"]),
        ("order", ["first", "second", "third", "finally", "then", "next", "step", "steps"]),
        ("conclusion", ["therefore", "thus", "overall", "conclusion", "summary", "so"]),
        (
            "courtesy",
            ["please", "thank", "thanks", "welcome", "sure", "certainly", "happy", "glad", "great"]
        ),
        ("help", ["help", "assist", "let", "know", "hope", "feel", "free"]),
        ("example", ["example", "instance", "such", "including", "e", "g"]),
        ("asking", ["what", "how", "why", "when", "where", "who", "which"]),
        ("writing", ["write", "story", "poem", "essay", "letter", "email", "paragraph", "article"]),
        ("code", ["code", "python", "function", "return", "import", "def", "class", "int", "java", "sql"]),
        (
            "mathematics",
            ["number", "equation", "sum", "equal", "x", "calculate", "total", "times", "answer"]
        ),
        ("harm", ["illegal", "harmful", "violence", "hate", "kill", "drug", "drugs", "weapon", "racist"]),
        ("request", ["give", "tell", "explain", "describe", "list", "create", "make", "provide", "show"]),
        ("article", ["the", "a", "an"]), ("joining", ["and", "or"]),
        ("being", ["is", "are", "was", "were", "be"]),
    ]

    /// The group of a word, by its FNV-1a hash.
    static func group(ofWord hash: UInt64) -> Int? { groupsByHash[hash] }

    private static let groupsByHash: [UInt64: Int] = {
        var result: [UInt64: Int] = [:]
        for (index, group) in groups.enumerated() {
            for word in group.words {
                var hash: UInt64 = 0xCBF2_9CE4_8422_2325
                for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
                result[hash] = index
            }
        }
        return result
    }()
}
