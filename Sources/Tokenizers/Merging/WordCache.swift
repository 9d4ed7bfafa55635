/// The ids of recently seen words, by their bytes, exact because keys are whole words: a table in which a word has two places.
///
/// A slot holds a word of at most 15 bytes in two integers (with the length in the top byte) and the position of its
/// ids. The table grows with the number of different words, so that a few short texts do not pay for a large one.
struct WordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 15
    private static let fewestBits = 10
    private static let mostBits = 17
    private static let maximumIDs = 1 << 20

    private struct Slot: Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var start: UInt32 = 0
        var count: UInt32 = 0
        var only: Int32 = 0

        /// Whether a word is in it: lengths are not 0.
        var isTaken: Bool { high != 0 }
    }

    /// A word's bytes as two integers.
    struct Key: Sendable {
        var low: UInt64
        var high: UInt64

        @inline(__always)
        init(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
            let count = end - start
            if start + 16 <= text.count {
                // Two loads, and what is behind the word is cut off.
                let bytes = text.extracting(start..<(start + 16))
                low = Self.integer(bytes, 0)
                high = Self.integer(bytes, 8)
                if count <= 8 {
                    low &= UInt64.max >> UInt64(8 &* (8 &- count))
                    high = 0
                } else {
                    high &= UInt64.max >> UInt64(8 &* (16 &- count))
                }
            } else {
                low = 0
                high = 0
                let middle = min(end, start + 8)
                for index in start..<middle { low |= UInt64(text[index]) &<< UInt64(8 &* (index &- start)) }
                for index in middle..<end { high |= UInt64(text[index]) &<< UInt64(8 &* (index &- middle)) }
            }
            high |= UInt64(count) << 56
        }

        @inline(__always)
        private static func integer(_ bytes: Span<UInt8>, _ start: Int) -> UInt64 {
            let first =
                UInt64(bytes[start]) | UInt64(bytes[start &+ 1]) << 8 | UInt64(bytes[start &+ 2]) << 16
                | UInt64(bytes[start &+ 3]) << 24
            let second =
                UInt64(bytes[start &+ 4]) << 32 | UInt64(bytes[start &+ 5]) << 40
                | UInt64(bytes[start &+ 6]) << 48 | UInt64(bytes[start &+ 7]) << 56
            return first | second
        }

        @inline(__always)
        fileprivate var hash: UInt64 { (low ^ high &* 0xBF58_476D_1CE4_E5B9) &* 0x9E37_79B9_7F4A_7C15 }
    }

    private var slots: ContiguousArray<Slot> = []
    private var ids: ContiguousArray<Int32> = []
    private var bits = 0
    /// How many words were put in since the table grew.
    private var insertions = 0

    /// The first of a word's two places; the other one differs in the last bit.
    @inline(__always)
    private func place(_ key: Key) -> Int { Int(truncatingIfNeeded: key.hash >> UInt64(64 &- bits)) }

    /// Appends the ids of a word if it is cached; returns whether it is.
    @inline(__always)
    mutating func append(_ key: Key, to output: inout [Int32]) -> Bool {
        guard !slots.isEmpty else { return false }
        let place = place(key)
        var slot = slots[place]
        if slot.low != key.low || slot.high != key.high {
            slot = slots[place ^ 1]
            guard slot.low == key.low, slot.high == key.high else { return false }
        }
        if slot.count == 1 {
            output.append(slot.only)
        } else {
            output.append(contentsOf: ids[Int(slot.start)..<Int(slot.start &+ slot.count)])
        }
        return true
    }

    /// Caches a word's ids, which are those of `output` from `start` on.
    mutating func insert(_ key: Key, _ output: [Int32], from start: Int) {
        if insertions >= slots.count && bits < Self.mostBits { grow() }
        insertions += 1
        let count = output.count - start
        if ids.count + count > Self.maximumIDs {
            ids.removeAll(keepingCapacity: true)
            for index in slots.indices where slots[index].count != 1 { slots[index] = Slot() }
        }
        let only = count == 1 ? output[start] : 0
        put(
            Slot(low: key.low, high: key.high, start: UInt32(ids.count), count: UInt32(count), only: only),
            at: place(key))
        if count != 1 { ids.append(contentsOf: output[start...]) }
    }

    /// Puts a word in its first place; what was there moves to its second, and what was there is forgotten.
    private mutating func put(_ slot: Slot, at place: Int) {
        if slots[place].isTaken { slots[place ^ 1] = slots[place] }
        slots[place] = slot
    }

    private mutating func grow() {
        bits = bits == 0 ? Self.fewestBits : bits + 2
        if bits > Self.mostBits { bits = Self.mostBits }
        insertions = 0
        var old = ContiguousArray(repeating: Slot(), count: 1 << bits)
        swap(&old, &slots)
        for slot in old where slot.isTaken {
            put(slot, at: place(Key(low: slot.low, high: slot.high)))
        }
    }
}

extension WordCache.Key {
    /// A key from its integers.
    fileprivate init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}
