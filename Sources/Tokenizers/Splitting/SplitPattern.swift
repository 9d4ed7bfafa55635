/// The split patterns of the known byte-level tokenizers, each a scanner written by hand.
enum SplitPattern: Sendable {
    /// GPT-2's: contractions in lower case, words and numbers with the space before them.
    case gpt2
    /// Llama-3's (after cl100k): numbers in groups of three.
    case llama3
    /// Qwen2's: as Llama-3's, with one digit at a time.
    case qwen2

    /// The regular expressions that the scanners stand for, as the files spell them.
    private static let spellings: [(pattern: SplitPattern, spelling: String)] = [
        (.gpt2, #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#),
        (.gpt2, #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#),
        (.llama3, long(digits: #"\p{N}{1,3}"#)),
        (.qwen2, long(digits: #"\p{N}"#)),
    ]

    private static func long(digits: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// The regular expression, as the newest files spell it.
    var spelling: String { Self.spellings.first { $0.pattern == self }?.spelling ?? "" }

    /// The pattern of a regular expression; nil for one that no scanner stands for.
    init?(spelling: String) {
        guard let known = Self.spellings.first(where: { $0.spelling.utf8.elementsEqual(spelling.utf8) })
        else {
            return nil
        }
        self = known.pattern
    }
}
