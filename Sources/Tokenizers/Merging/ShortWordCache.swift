internal import Texts

/// The ids of recently seen words of up to eight bytes, which most are, by their bytes: exact because whole words are compared, and
/// small, so that the processor has it at hand.
///
/// A line has four slots, each of a word and its entry. A word is in the half of a line that its hash names, or else in the other half.
/// The table grows with the number of different words, so that a few short texts do not pay for a large one.
struct ShortWordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 8
    private static let fewestBits: UInt64 = 9
    private static let mostBits: UInt64 = 16

    private(set) var lines: CacheLines
    /// The number of bits of a hash that do not name a half of a line.
    private(set) var shift: UInt64
    /// How many words were put in.
    private var insertions = 0

    init() { self.init(bits: Self.fewestBits) }

    /// An empty cache with 2 to the power of `bits` halves of lines.
    private init(bits: UInt64) {
        lines = CacheLines(count: (1 << Int(bits)) / 2)
        shift = 64 - bits
    }

    /// The first slot of a word's half.
    @inline(__always)
    static func place(_ word: UInt64, _ length: Int, _ shift: UInt64) -> Int {
        let mixed = (word ^ word &>> 31 ^ UInt64(truncatingIfNeeded: length) &<< 60) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> shift) &* 2
    }

    /// What is cached of a word in its own half of a line; `absent` if it is not there, or longer than eight bytes.
    ///
    /// - Parameters:
    ///   - word: its first eight bytes, with zeros behind it.
    ///   - place: its place.
    ///   - lines: this cache's, from its first line on.
    @inline(__always)
    static func entry(
        _ word: UInt64, _ length: Int, at place: Int, in lines: Span<CacheLines.Piece>
    ) -> WordEntry {
        // Choices without branches, which could not be foreseen. No word is in both slots.
        let first = bits(lines[place], word, length)
        let second = bits(lines[place &+ 1], word, length)
        return WordEntry(bits: first | second)
    }

    /// The entry in a slot, or 0 if that is another word's.
    @inline(__always)
    private static func bits(_ slot: CacheLines.Piece, _ word: UInt64, _ length: Int) -> UInt64 {
        let difference =
            (slot[0] ^ word) | UInt64(truncatingIfNeeded: WordEntry(bits: slot[1]).length ^ length)
        return slot[1] & SixteenBytes.allIfZero(difference)
    }

    /// What is cached of a word, wherever it is.
    func entry(_ word: UInt64, _ length: Int) -> WordEntry {
        let place = Self.place(word, length, shift)
        for way in 0..<CacheLines.pieces {
            let bits = Self.bits(lines[place ^ way], word, length)
            if bits != 0 { return WordEntry(bits: bits) }
        }
        return .absent
    }

    /// Caches a word that is not cached.
    mutating func insert(_ word: UInt64, _ entry: WordEntry) {
        if insertions > lines.count * 2, shift > 64 - Self.mostBits { grow() }
        insertions += 1
        put([word, entry.bits])
    }

    /// Puts a word into the first empty slot of its line. Without one, it takes the second of its own half: words that came early are
    /// mostly the frequent ones.
    private mutating func put(_ slot: CacheLines.Piece) {
        let place = Self.place(slot[0], WordEntry(bits: slot[1]).length, shift)
        let way = (0..<CacheLines.pieces).first { lines[place ^ $0][1] == 0 } ?? 1
        lines[place ^ way] = slot
    }

    private mutating func grow() {
        var old = ShortWordCache(bits: 65 - shift)
        swap(&old, &self)
        insertions = old.insertions
        for piece in 0..<old.lines.count * CacheLines.pieces where old.lines[piece][1] != 0 {
            put(old.lines[piece])
        }
    }
}
