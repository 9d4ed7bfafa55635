internal import Texts

/// A word: up to 15 bytes and above them their number, or where in a text a longer one is.
typealias WordKey = IntegerPair

extension WordKey {
    /// The length of the longest word whose bytes a key has.
    static let longestWord = 15
    /// What is instead of the number of bytes if there are more.
    private static let isElsewhere: UInt64 = 0xFF

    /// The key of the `count` bytes at `position`, 1 to 15; there must be 16.
    @inline(__always)
    init(_ text: Span<UInt8>, at position: Int, count: Int) {
        let bytes = text.integers(at: position)
        self.init(
            low: bytes.low & .firstBytes(count),
            high: bytes.high & .firstBytes(count &- 8) | UInt64(truncatingIfNeeded: count) &<< 56)
    }

    /// The key of a long word in `range`, which no word in a cache has.
    @inline(__always)
    init(range: Range<Int>) {
        self.init(
            low: UInt64(truncatingIfNeeded: range.lowerBound),
            high: UInt64(truncatingIfNeeded: range.upperBound) | Self.isElsewhere &<< 56)
    }

    /// The key of any word.
    init(_ text: Span<UInt8>, _ range: Range<Int>) {
        if range.count > Self.longestWord {
            self.init(range: range)
        } else {
            var bytes = InlineArray<16, UInt8>(repeating: 0)
            for index in range.indices { bytes[index - range.lowerBound] = text[index] }
            self.init(bytes.span, at: 0, count: range.count)
        }
    }

    /// Where a long word is; nil if the key has the word's bytes.
    var range: Range<Int>? {
        high >> 56 == Self.isElsewhere ? Int(low)..<Int(high & ~(Self.isElsewhere << 56)) : nil
    }

    /// The bytes of a word that is not long, and zeros.
    var bytes: InlineArray<16, UInt8> {
        InlineArray {
            UInt8(truncatingIfNeeded: $0 < 8 ? low >> UInt64(8 * $0) : high >> UInt64(8 * $0 - 64))
        }
    }

    /// How many bytes a word has that is not long.
    var count: Int { Int(high >> 56) }

    /// The first pair of the word's line, by the number of bits of a hash that do not name a line.
    @inline(__always)
    func place(_ shift: UInt64) -> Int {
        let mixed = (low ^ high &* 0xBF58_476D_1CE4_E5B9) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> shift) &* SharedLines.pairs
    }
}
