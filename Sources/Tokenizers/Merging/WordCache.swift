/// A slot of a `WordTable`: a word, or nothing.
protocol WordSlot: Sendable {
    /// An empty slot.
    init()
    var isTaken: Bool { get }
    /// The hash of its word.
    var hash: UInt64 { get }
}

/// A hash table in which a word has two places, which differ in the last bit. A word goes to the first; if that is taken, it
/// replaces what is in the second. So words that came early stay: they are mostly the frequent ones.
///
/// The table grows with the number of words, so that a few short texts do not pay for a large one.
struct WordTable<Slot: WordSlot>: Sendable {
    private(set) var slots: ContiguousArray<Slot>
    private var bits: Int
    private let mostBits: Int
    /// How many words were put in.
    private var insertions = 0

    init(fewestBits: Int, mostBits: Int) {
        bits = fewestBits
        self.mostBits = mostBits
        slots = ContiguousArray(repeating: Slot(), count: 1 << fewestBits)
    }

    /// The first of a word's two places.
    @inline(__always)
    func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> UInt64(64 &- bits)) }

    mutating func insert(_ slot: Slot) {
        if insertions >= slots.count / 2 && bits < mostBits { grow() }
        insertions += 1
        put(slot)
    }

    /// Empties slots.
    mutating func remove(where isRemoved: (Slot) -> Bool) {
        for index in slots.indices where isRemoved(slots[index]) { slots[index] = Slot() }
    }

    private mutating func put(_ slot: Slot) {
        let place = place(slot.hash)
        slots[slots[place].isTaken ? place ^ 1 : place] = slot
    }

    private mutating func grow() {
        bits += 1
        var old = ContiguousArray(repeating: Slot(), count: 1 << bits)
        swap(&old, &slots)
        for slot in old where slot.isTaken { put(slot) }
    }
}

/// The ids of recently seen words, by their bytes, exact because keys are whole words.
///
/// A slot holds a word of at most 15 bytes in two integers, with the length in the top byte, and its ids.
struct WordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 15
    private static let maximumIDs = 1 << 20

    /// A word and its ids: up to three of them, or where there are more.
    struct Slot: WordSlot {
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

        /// Lengths are not 0.
        var isTaken: Bool { high != 0 }
        var hash: UInt64 { Key(self).hash }
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

    private var table = WordTable<Slot>(fewestBits: 10, mostBits: 18)
    /// The ids of words with more than fit into a slot.
    private(set) var ids: ContiguousArray<Int32> = []

    /// The ids of a word; nil if it is not cached.
    @inline(__always)
    func find(_ key: Key) -> Slot? {
        let place = table.place(key.hash)
        let slot = table.slots[place]
        if slot.low == key.low, slot.high == key.high { return slot }
        let other = table.slots[place ^ 1]
        return other.low == key.low && other.high == key.high ? other : nil
    }

    /// Caches a word's ids.
    mutating func insert(_ key: Key, _ found: [Int32]) {
        var slot = Slot(low: key.low, high: key.high, count: Int32(found.count))
        if found.count <= Slot.most {
            if found.count > 0 { slot.first = found[0] }
            if found.count > 1 { slot.second = found[1] }
            if found.count > 2 { slot.third = found[2] }
        } else {
            if ids.count + found.count > Self.maximumIDs {
                ids.removeAll(keepingCapacity: true)
                table.remove { $0.count > Slot.most }
            }
            slot.first = Int32(ids.count)
            ids.append(contentsOf: found)
        }
        table.insert(slot)
    }
}
