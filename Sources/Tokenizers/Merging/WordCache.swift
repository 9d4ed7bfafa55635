/// The ids of recently seen words, by their bytes, exact because keys are whole words: a table in which a word has two places.
///
/// A slot holds a word of at most 15 bytes in two integers, with the length in the top byte, and its ids. The table grows with
/// the number of different words, so that a few short texts do not pay for a large one.
struct WordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 15
    private static let fewestBits = 10
    private static let mostBits = 18
    private static let maximumIDs = 1 << 20

    /// A word and its ids: up to three of them, or where there are more.
    struct Slot: Sendable {
        fileprivate var low: UInt64 = 0
        fileprivate var high: UInt64 = 0
        /// The number of ids.
        fileprivate(set) var count: Int32 = 0
        /// The ids, if they are at most `Slot.most`; else the first is where they start among `ids`.
        fileprivate(set) var first: Int32 = 0
        fileprivate(set) var second: Int32 = 0
        fileprivate(set) var third: Int32 = 0

        /// How many ids fit into a slot.
        static let most = 3

        /// Whether a word is in it: lengths are not 0.
        fileprivate var isTaken: Bool { high != 0 }
    }

    /// A word's bytes as two integers.
    struct Key: Sendable, Hashable {
        fileprivate var low: UInt64
        fileprivate var high: UInt64

        /// The key of the first `count` of 16 bytes, 1 to 15.
        @inline(__always)
        init(_ bytes: SixteenBytes, count: Int) {
            let bits = UInt64(truncatingIfNeeded: count) &* 8
            // What is behind the word is cut off.
            low = bytes.low & ~(UInt64.max << bits)
            high = bytes.high & ((1 << (max(bits, 64) &- 64)) &- 1) | bits << 53
        }

        /// The key of the word in `start..<end`, of 1 to 15 bytes.
        @inline(__always)
        init(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
            self.init(SixteenBytes(text, start, upTo: end), count: end - start)
        }

        /// The key in a slot.
        fileprivate init(_ slot: Slot) { (low, high) = (slot.low, slot.high) }

        @inline(__always)
        fileprivate var hash: UInt64 { (low ^ high &* 0xBF58_476D_1CE4_E5B9) &* 0x9E37_79B9_7F4A_7C15 }
    }

    private var slots = ContiguousArray(repeating: Slot(), count: 1 << Self.fewestBits)
    /// The ids of words with more than fit into a slot.
    private(set) var ids: ContiguousArray<Int32> = []
    private var bits = Self.fewestBits
    /// How many words were put in.
    private var insertions = 0

    /// The first of a word's two places; the other one differs in the last bit.
    @inline(__always)
    private func place(_ key: Key) -> Int { Int(truncatingIfNeeded: key.hash >> UInt64(64 &- bits)) }

    /// The ids of a word; nil if it is not cached.
    @inline(__always)
    func find(_ key: Key) -> Slot? {
        let place = place(key)
        let slot = slots[place]
        if slot.low == key.low, slot.high == key.high { return slot }
        let other = slots[place ^ 1]
        return other.low == key.low && other.high == key.high ? other : nil
    }

    /// Caches a word's ids.
    mutating func insert(_ key: Key, _ found: [Int32]) {
        if insertions >= slots.count / 2 && bits < Self.mostBits { grow() }
        insertions += 1
        var slot = Slot(low: key.low, high: key.high, count: Int32(found.count))
        if found.count <= Slot.most {
            if found.count > 0 { slot.first = found[0] }
            if found.count > 1 { slot.second = found[1] }
            if found.count > 2 { slot.third = found[2] }
        } else {
            if ids.count + found.count > Self.maximumIDs {
                ids.removeAll(keepingCapacity: true)
                for index in slots.indices where slots[index].count > Slot.most { slots[index] = Slot() }
            }
            slot.first = Int32(ids.count)
            ids.append(contentsOf: found)
        }
        put(slot, at: place(key))
    }

    /// Puts a word in its first place, or, if another word is there, in its second, and what was there is forgotten: words that
    /// came early are mostly the frequent ones.
    private mutating func put(_ slot: Slot, at place: Int) {
        slots[slots[place].isTaken ? place ^ 1 : place] = slot
    }

    private mutating func grow() {
        bits += 1
        var old = ContiguousArray(repeating: Slot(), count: 1 << bits)
        swap(&old, &slots)
        for slot in old where slot.isTaken { put(slot, at: place(Key(slot))) }
    }
}
