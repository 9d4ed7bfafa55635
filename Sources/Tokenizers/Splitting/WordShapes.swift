/// The lengths of a pattern's words, as far as their first bytes determine them.
final class WordShapes: Sendable {
    /// Kinds of bytes; a pattern does not distinguish the bytes of one kind.
    private enum Kind: UInt8, CaseIterable {
        /// Part of a longer character, or 0, which is also what follows the end of a text.
        case unknown
        case letter, digit, space, newline, otherSpace, apostrophe, other
    }

    /// Samples of every kind, whose words are measured.
    private static let examples: [(kind: Kind, texts: [String])] = [
        (.unknown, ["", "\0", "é", "٣", "\u{3000}", "’", "😀"]), (.letter, ["n"]), (.digit, ["7"]),
        (.space, [" "]),
        (.newline, ["\n"]), (.otherSpace, ["\t"]), (.apostrophe, ["'"]), (.other, ["-"]),
    ]

    /// The minimum length of a word, by its first byte, if ASCII letters follow and the whole word is visible.
    private let shortest: InlineArray<256, UInt8>
    private let kinds: InlineArray<256, UInt8>
    /// The length of a word by the kinds of three bytes; 0 if they do not determine it.
    private let lengths: InlineArray<512, UInt8>

    /// The shapes of the words that `wordEnd` finds. `prefixes`: what may precede a word's letters.
    init(prefixes: [UInt8], wordEnd: (Span<UInt8>) -> Int) {
        let kinds = InlineArray<256, UInt8> { Self.kind(UInt8($0)).rawValue }
        self.kinds = kinds
        shortest = InlineArray { byte in
            kinds[byte] == Kind.letter.rawValue ? 1 : prefixes.contains(UInt8(byte)) ? 2 : 16
        }
        var lengths = InlineArray<512, UInt8>(repeating: 0)
        for first in Self.examples {
            for second in Self.examples {
                for third in Self.examples {
                    let place =
                        Int(first.kind.rawValue) << 6 | Int(second.kind.rawValue) << 3
                        | Int(third.kind.rawValue)
                    lengths[place] = Self.length(first.texts, second.texts, third.texts, wordEnd)
                }
            }
        }
        self.lengths = lengths
    }

    private static func kind(_ byte: UInt8) -> Kind {
        switch byte {
        case 0, 128...: .unknown
        case 0x20: .space
        case 0x0A, 0x0D: .newline
        case UInt8(ascii: "'"): .apostrophe
        default:
            switch ScalarClasses.shared[UInt32(byte)] {
            case ScalarClasses.letter: .letter
            case ScalarClasses.number: .digit
            case ScalarClasses.space: .otherSpace
            default: .other
            }
        }
    }

    /// The length, at most 3, of every word that begins with three characters, whatever follows; 0 if they differ.
    private static func length(
        _ first: [String], _ second: [String], _ third: [String], _ wordEnd: (Span<UInt8>) -> Int
    ) -> UInt8 {
        // What begins with an apostrophe depends on its letters.
        if first == ["'"] || first.count > 1 { return 0 }
        var length: Int?
        for second in second {
            for third in third {
                for fourth in examples.flatMap(\.texts) {
                    let text = Array((first[0] + second + third + fourth).utf8)
                    let found = wordEnd(text.span)
                    if found > 3 || found != length ?? found { return 0 }
                    length = found
                }
            }
        }
        return UInt8(length ?? 0)
    }

    /// The length of the word that 16 bytes begin with, as in `WordSplitter`: of ASCII letters, possibly after another character,
    /// or by three bytes.
    @inline(__always)
    func glance(_ bytes: SixteenBytes) -> Int {
        let first = Int(bytes.low & 0xFF)
        let others = bytes.others
        let low = others.low & ~0x80
        let length =
            low != 0 ? low.trailingZeroBitCount >> 3 : 8 &+ others.high.trailingZeroBitCount >> 3
        // Other letters may follow the ASCII ones: the highest bit of the byte after them shows that.
        let endInLow = low & (0 &- low) & bytes.low
        let endInHigh = others.high & (0 &- others.high) & bytes.high
        let isWhole = (low != 0 ? endInLow : endInHigh) == 0
        let kind =
            Int(kinds[first]) << 6 | Int(kinds[Int(bytes.low >> 8 & 0xFF)]) << 3
            | Int(kinds[Int(bytes.low >> 16 & 0xFF)])
        let short = Int(lengths[kind & 511])
        return length >= Int(shortest[first]) && length < 16 && isWhole ? length : short
    }
}
