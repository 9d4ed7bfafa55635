internal import Texts

/// The ids of recently seen words of up to eight bytes, as most are, by their bytes: exact because whole words are compared, and
/// small enough to stay in the processor's caches.
///
/// Each half of a line has two words, and then their entries. A word is in the half that its hash selects, or else in the other
/// half of that line. The table grows with the number of different words, so that a few short texts do not pay for a large one.
struct ShortWordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 8
    private static let fewestBits: UInt64 = 9
    private static let maximumBits: UInt64 = 16

    private(set) var lines: CacheLines
    /// The number of bits of a hash that do not select a half of a line.
    private(set) var shift: UInt64
    /// How many words have been added.
    private var insertions = 0

    init() { self.init(bits: Self.fewestBits) }

    /// An empty cache with 2 to the power of `bits` halves of lines.
    private init(bits: UInt64) {
        lines = CacheLines(count: (1 << Int(bits)) / 2)
        shift = 64 - bits
    }

    /// The first piece of a word's half.
    @inline(__always)
    static func place(_ word: UInt64, _ length: Int, _ shift: UInt64) -> Int {
        let mixed = (word ^ word &>> 31 ^ UInt64(truncatingIfNeeded: length) &<< 60) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> shift) &* 2
    }

    /// A word's entry in a half of a line; `absent` if it is not there, or longer than eight bytes.
    ///
    /// - Parameters:
    ///   - word: its first eight bytes, padded with zeros.
    ///   - place: the first piece of the half.
    ///   - lines: this cache's, from its first line on.
    @inline(__always)
    static func entry(
        _ word: UInt64, _ length: Int, at place: Int, in lines: Span<CacheLines.Piece>
    ) -> WordEntry {
        let entries = lines[place &+ 1]
        let lengths = (entries & WordEntry.lengthMask) ^ UInt64(truncatingIfNeeded: length)
        // A selection in both lanes, since a branch could not be predicted. No word is in both.
        let others = (lines[place] ^ word) | lengths .!= 0
        let own = entries.replacing(with: 0, where: others)
        return WordEntry(bits: own[0] | own[1])
    }

    /// A word's entry, in either half of its line.
    func entry(_ word: UInt64, _ length: Int) -> WordEntry {
        let place = Self.place(word, length, shift)
        let lines = lines.storage.span.extracting(lines.offset...)
        let own = Self.entry(word, length, at: place, in: lines)
        return own != .absent ? own : Self.entry(word, length, at: place ^ 2, in: lines)
    }

    /// Caches a word that is not cached yet.
    mutating func insert(_ word: UInt64, _ entry: WordEntry) {
        if insertions > lines.count * 2, shift > 64 - Self.maximumBits { grow() }
        insertions += 1
        put(word, entry.bits)
    }

    /// Puts a word into a free place of its line, preferably in its own half. If there is none, it replaces the second word of
    /// its own half: words that came early are mostly the frequent ones.
    private mutating func put(_ word: UInt64, _ entry: UInt64) {
        let place = Self.place(word, WordEntry(bits: entry).length, shift)
        let slots = [(place, 0), (place, 1), (place ^ 2, 0), (place ^ 2, 1)]
        let (half, index) = slots.first { lines[$0.0 + 1][$0.1] == 0 } ?? slots[1]
        lines[half][index] = word
        lines[half + 1][index] = entry
    }

    private mutating func grow() {
        var old = ShortWordCache(bits: 65 - shift)
        swap(&old, &self)
        insertions = old.insertions
        for half in stride(from: 0, to: old.lines.count * CacheLines.pieces, by: 2) {
            for index in 0..<2 where old.lines[half + 1][index] != 0 {
                put(old.lines[half][index], old.lines[half + 1][index])
            }
        }
    }
}
