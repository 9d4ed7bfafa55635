internal import Parallelism

/// Learns a byte-level vocabulary from texts: repeatedly, the pair of neighbors that occurs most often within words
/// becomes a token (Sennrich, Haddow and Birch, 2016), starting from the 256 bytes (Radford et al., 2019).
///
/// ```swift
/// var trainer = try BytePairTrainer(BytePairTrainer.Options(vocabularySize: 4_096, leadingTokens: ["<pad>"]))
/// trainer.add(texts, threads: 2)
/// try FileContents.write(trainer.train().json(), to: "tokenizer.json")
/// ```
///
/// The result depends only on the words of the texts and their counts, not on their order or the number of threads, and
/// equals that of `BpeTrainer` in the Rust library `tokenizers`, except that words of more than 16 KiB are cut.
public struct BytePairTrainer: Sendable {
    /// Options for training.
    public struct Options: Sendable, Hashable {
        /// How texts are split into words; nothing merges across words.
        public enum Splitting: String, Sendable, Hashable, CaseIterable {
            case gpt2, llama3, qwen2

            var pattern: SplitPattern {
                switch self {
                case .gpt2: .gpt2
                case .llama3: .llama3
                case .qwen2: .qwen2
                }
            }
        }

        /// The maximum number of tokens, including bytes and special tokens.
        public var vocabularySize: Int
        /// Pairs that occur less often do not become tokens. Default: 2.
        var minimumCount: Int
        /// How texts are split into words. Default: as in Llama-3.
        var splitting: Splitting
        /// Special tokens with the lowest ids, as in Gemma.
        public var leadingTokens: [String]
        /// Special tokens with the highest ids, as in Llama-3.
        public var trailingTokens: [String]
        /// The special token that is added before a text, if any.
        public var beginToken: String?

        /// Options from their parts.
        public init(
            vocabularySize: Int, minimumCount: Int = 2, splitting: Splitting = .llama3,
            leadingTokens: [String] = [], trailingTokens: [String] = [], beginToken: String? = nil
        ) {
            self.vocabularySize = vocabularySize
            self.minimumCount = minimumCount
            self.splitting = splitting
            self.leadingTokens = leadingTokens
            self.trailingTokens = trailingTokens
            self.beginToken = beginToken
        }
    }

    private let options: Options
    private var words: WordCounts

    /// A trainer that has seen no text.
    ///
    /// - Throws: an error with the code `training` if the vocabulary has no room for the bytes and the special tokens,
    ///   or a special token is empty or duplicated.
    public init(_ options: Options) throws(TokenizerError) {
        let special = options.leadingTokens + options.trailingTokens
        let least = 256 + special.count
        guard options.vocabularySize >= least, options.vocabularySize <= Vocabulary.maximumID else {
            throw TokenizerError(
                .training,
                "a vocabulary of \(options.vocabularySize) tokens cannot be trained: 256 bytes and \(special.count) special tokens need \(least), and \(Vocabulary.maximumID) is the maximum"
            )
        }
        for (index, token) in special.enumerated() where token.isEmpty || special[..<index].contains(token) {
            throw TokenizerError(.training, "the special token '\(token)' is empty or duplicated")
        }
        if let begin = options.beginToken, !special.contains(begin) {
            throw TokenizerError(.training, "the token '\(begin)' that begins a text is not a special token")
        }
        self.options = options
        words = WordCounts(options.splitting.pattern)
    }

    /// Counts the words of a text. Linear in the text's length.
    public mutating func add(_ text: String) { words.add(text.utf8.span) }

    /// Counts the words of many texts, using several threads.
    public mutating func add(_ texts: [String], threads: Int = 1) {
        let parts = min(threads, texts.count / 64)
        guard parts > 1 else {
            for text in texts { add(text) }
            return
        }
        let pattern = options.splitting.pattern
        let counted = Parallel.values(count: parts, threads: threads) { part in
            var own = WordCounts(pattern)
            for text in texts[texts.count * part / parts..<texts.count * (part + 1) / parts] {
                own.add(text.utf8.span)
            }
            return own
        }
        for part in counted { words.add(part) }
    }

    /// Learns the merges. The time is proportional to the bytes of the distinct words times the merges that affect
    /// each.
    public func train() -> TrainedVocabulary {
        var result = TrainedVocabulary(options)
        let alphabet = result.byteIDs
        var words = TrainingWords(self.words, alphabet: alphabet)
        var pairs = PairCounts()
        let counts = words.counts
        for word in 0..<words.count {
            words.forEachPair(of: word) { pairs.add($0, $1, counts[word], word: Int32(word)) }
        }
        var queue = CandidateQueue()
        pairs.takeCandidates { queue.push($0) }
        let limit = options.vocabularySize - options.trailingTokens.count
        while result.count < limit, var candidate = queue.pop() {
            let count = pairs.count(of: candidate)
            if count != candidate.count {
                candidate.count = count
                if count > 0 { queue.push(candidate) }
                continue
            }
            if count < options.minimumCount { break }
            let merged = result.merge(candidate.left, candidate.right)
            for word in candidate.words {
                words.merge(candidate.left, candidate.right, into: merged, in: Int(word)) {
                    pairs.add($0, $1, $2 * counts[Int(word)], word: word)
                }
            }
            pairs.takeCandidates { queue.push($0) }
        }
        result.finish()
        return result
    }
}
