/// The split patterns of the known byte-level tokenizers, each implemented by a hand-written scanner.
enum SplitPattern: Sendable {
    /// GPT-2's: lowercase contractions, words and numbers with the preceding space.
    case gpt2
    /// Llama-3's (after cl100k): numbers in groups of three.
    case llama3
    /// Qwen2's: like Llama-3's, with one digit at a time.
    case qwen2

    /// The regular expressions that the scanners implement, as the files spell them.
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

    /// The regular expression, as spelled in the newest files.
    var spelling: String { Self.spellings.first { $0.pattern == self }?.spelling ?? "" }

    /// The pattern for a regular expression; nil if no scanner implements it.
    init?(spelling: String) {
        guard let known = Self.spellings.first(where: { $0.spelling.utf8.elementsEqual(spelling.utf8) })
        else {
            return nil
        }
        self = known.pattern
    }

    /// The ASCII characters that may precede a word's letters, except the apostrophe, which may begin a contraction.
    var prefixes: [UInt8] {
        self == .gpt2
            ? [0x20]
            : (0..<128).filter {
                let kind = ScalarClasses.shared[UInt32($0)]
                return ![0x0A, 0x0D, 0x27].contains($0) && kind != ScalarClasses.letter
                    && kind != ScalarClasses.number
            }
    }
}
