internal import Parallelism

/// Learns a byte-level vocabulary from texts: again and again, the pair of neighbours that occurs most often within
/// words becomes a token (Sennrich, Haddow and Birch, 2016), starting from the 256 bytes (Radford et al., 2019).
///
/// ```swift
/// var trainer = try BytePairTrainer(BytePairTrainer.Options(vocabularySize: 4_096, leadingTokens: ["<pad>"]))
/// trainer.add(texts, threads: 2)
/// try FileContents.write(trainer.train().json(), to: "tokenizer.json")
/// ```
///
/// The result depends on the texts' words and counts alone, not on their order or the number of threads, and equals
/// that of `BpeTrainer` of the Rust library `tokenizers`, except that words of more than 16 KiB are cut.
public struct BytePairTrainer: Sendable {
    /// What is learned.
    public struct Options: Sendable, Hashable {
        /// How texts are cut into words, between which nothing merges.
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

        /// The most tokens, bytes and special ones included.
        public var vocabularySize: Int
        /// Pairs that occur less often do not become tokens. Default: 2.
        var minimumCount: Int
        /// How texts are cut into words. Default: as Llama-3 does.
        var splitting: Splitting
        /// Special tokens with the lowest ids, as Gemma has them.
        public var leadingTokens: [String]
        /// Special tokens with the highest ids, as Llama-3 has them.
        public var trailingTokens: [String]
        /// The special token that encoding puts before a text, if any.
        public var beginToken: String?

        /// Options of their parts.
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
    /// - Throws: an error of code `training` where the vocabulary has no room for the bytes and the special tokens, or
    ///   a special token is empty or there twice.
    public init(_ options: Options) throws(TokenizerError) {
        let special = options.leadingTokens + options.trailingTokens
        let least = 256 + special.count
        guard options.vocabularySize >= least, options.vocabularySize <= Vocabulary.maximumID else {
            throw TokenizerError(
                .training,
                "a vocabulary of \(options.vocabularySize) tokens cannot be trained: 256 bytes and \(special.count) special tokens take \(least), and \(Vocabulary.maximumID) is the most"
            )
        }
        for (index, token) in special.enumerated() where token.isEmpty || special[..<index].contains(token) {
            throw TokenizerError(.training, "the special token '\(token)' is empty or there twice")
        }
        if let begin = options.beginToken, !special.contains(begin) {
            throw TokenizerError(.training, "the token '\(begin)' that begins a text is no special token")
        }
        self.options = options
        words = WordCounts(options.splitting.pattern)
    }

    /// Counts a text's words. Time grows with the text's length.
    public mutating func add(_ text: String) { words.add(text.utf8.span) }

    /// Counts the words of many texts, on several threads.
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

    /// Learns the merges. Time grows with the bytes of the different words times the merges that touch each.
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
