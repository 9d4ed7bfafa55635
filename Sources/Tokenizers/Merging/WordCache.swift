internal import Texts

/// The ids of recently seen words of up to 15 bytes that `ShortWordCache` cannot hold, by their bytes: exact because whole
/// words are compared.
///
/// A line has two words: first the low halves of both keys, then the high halves, the entries, and where other ids are. A word
/// is in the line that its hash selects, or in the one next to it. The table grows with the number of different words.
struct WordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 15
    private static let fewestBits: UInt64 = 8
    private static let maximumBits: UInt64 = 16
    private static let maximumIDs = 1 << 20

    /// A word and its ids.
    private struct Slot {
        /// The key of an empty slot is 0.
        var key = Key(low: 0, high: 0)
        /// The ids; `absent` if an entry cannot have them.
        var entry = WordEntry.absent
        /// In that case, where they are among the cache's `ids`, with their number in the bits above.
        var elsewhere: UInt64 = 0
    }

    /// A word's bytes as two integers, with the length in the top byte; since the length is not 0, no key is.
    struct Key: Sendable, Hashable {
        let low: UInt64
        let high: UInt64

        /// The key of the first `count` of 16 bytes, 1 to 15.
        @inline(__always)
        init(_ bytes: SixteenBytes, count: Int) {
            low = bytes.low & SixteenBytes.first(count)
            high = bytes.high & SixteenBytes.first(count &- 8) | UInt64(truncatingIfNeeded: count) &<< 56
        }

        /// The key of the word in `start..<end`, of 1 to 15 bytes.
        init(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
            self.init(SixteenBytes(text, start, upTo: end), count: end - start)
        }

        fileprivate init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

        /// A key that no word has.
        static let none = Key(low: .max, high: .max)
    }

    private(set) var lines: CacheLines
    /// The ids of words that have no entry.
    private var ids: ContiguousArray<Int32> = []
    /// The number of bits of a hash that do not select a line.
    private(set) var shift: UInt64
    /// How many words have been added.
    private var insertions = 0

    init() { self.init(bits: Self.fewestBits) }

    /// An empty cache of 2 to the power of `bits` lines.
    private init(bits: UInt64) {
        lines = CacheLines(count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// The first piece of a word's line; the number of the line next to it differs in the last bit.
    @inline(__always)
    static func place(_ key: Key, _ shift: UInt64) -> Int {
        let mixed = (key.low ^ key.high &* 0xBF58_476D_1CE4_E5B9) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> shift) &* CacheLines.pieces
    }

    /// The entry of a word in its own line; `absent` if it is not there, or has no entry. `lines`: this cache's, from its first
    /// line on.
    @inline(__always)
    static func entry(_ key: Key, at place: Int, in lines: Span<CacheLines.Piece>) -> WordEntry {
        let differences = (lines[place] ^ key.low) | (lines[place &+ 1] ^ key.high)
        // A selection in both lanes, since a branch could not be predicted. No word is in both.
        let own = lines[place &+ 2].replacing(with: 0, where: differences .!= 0)
        return WordEntry(bits: own[0] | own[1])
    }

    /// Writes the ids of a word, wherever it is; false if it is not cached.
    func write(_ key: Key, to room: inout ContiguousArray<Int32>, at written: inout Int) -> Bool {
        let place = Self.place(key, shift)
        for way in 0..<4 {
            let slot = slot(place, way)
            guard slot.key == key else { continue }
            if slot.entry != .absent {
                for index in 0..<slot.entry.count { room[written + index] = slot.entry.id(index) }
                written += slot.entry.count
            } else {
                let first = Int(slot.elsewhere & 0xFFFF_FFFF)
                let count = Int(slot.elsewhere >> 32)
                for index in 0..<count { room[written + index] = ids[first + index] }
                written += count
            }
            return true
        }
        return false
    }

    /// Caches a word's ids; the word must not be cached.
    mutating func insert(_ key: Key, _ found: [Int32]) {
        if insertions > lines.count, shift > 64 - Self.maximumBits { grow() }
        insertions += 1
        var slot = Slot()
        slot.key = key
        if let entry = WordEntry(length: Int(key.high >> 56), found) {
            slot.entry = entry
        } else {
            if ids.count + found.count > Self.maximumIDs {
                ids.removeAll(keepingCapacity: true)
                forgetElsewhere()
            }
            slot.elsewhere = UInt64(ids.count) | UInt64(found.count) << 32
            ids.append(contentsOf: found)
        }
        put(slot)
    }

    /// Puts a word into the first empty slot of its lines. If there is none, it replaces the second word in its own line: words
    /// that came early are mostly the frequent ones.
    private mutating func put(_ slot: Slot) {
        let place = Self.place(slot.key, shift)
        let empty = (0..<4).first { self.slot(place, $0).key.high == 0 }
        set(place, empty ?? 1, slot)
    }

    private mutating func forgetElsewhere() {
        for line in 0..<lines.count {
            for way in 0..<2 where slot(line * CacheLines.pieces, way).entry == .absent {
                set(line * CacheLines.pieces, way, Slot())
            }
        }
    }

    private mutating func grow() {
        var old = WordCache(bits: 65 - shift)
        swap(&old.lines, &lines)
        shift -= 1
        for line in 0..<old.lines.count {
            for way in 0..<2 {
                let slot = old.slot(line * CacheLines.pieces, way)
                if slot.key.high != 0 { put(slot) }
            }
        }
    }

    /// One of the four slots that a word may be in.
    private func slot(_ place: Int, _ way: Int) -> Slot {
        let (line, index) = (place ^ (way >> 1) * CacheLines.pieces, way & 1)
        return Slot(
            key: Key(low: lines[line][index], high: lines[line + 1][index]),
            entry: WordEntry(bits: lines[line + 2][index]), elsewhere: lines[line + 3][index])
    }

    private mutating func set(_ place: Int, _ way: Int, _ slot: Slot) {
        let (line, index) = (place ^ (way >> 1) * CacheLines.pieces, way & 1)
        lines[line][index] = slot.key.low
        lines[line + 1][index] = slot.key.high
        lines[line + 2][index] = slot.entry.bits
        lines[line + 3][index] = slot.elsewhere
    }
}
