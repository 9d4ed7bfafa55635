/// The ids of recently seen words, by their bytes, exact because keys are whole words: a table of lines, each of two words.
///
/// A line is one of the processor's cache lines. A word is in the line that its hash names, or in the one beside it. The table grows
/// with the number of different words, so that a few short texts do not pay for a large one.
struct WordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 15
    private static let fewestBits: UInt64 = 9
    private static let mostBits: UInt64 = 17
    private static let maximumIDs = 1 << 20

    /// Two slots, of the four integers each that a `Slot` has.
    private typealias Line = SIMD8<UInt64>

    /// A word and its ids.
    private struct Slot {
        /// The key of an empty slot is 0; a word with more than three ids has a marked one.
        var key = Key(low: 0, high: 0)
        /// The first two ids; of a marked word, where the ids are among those of the cache.
        var ids: UInt64 = 0
        /// The third id, and the number of ids above it.
        var rest: UInt64 = 0
    }

    /// A word's bytes as two integers, with the length in the top byte; lengths are not 0, so that no key is.
    struct Key: Sendable, Hashable {
        fileprivate(set) var low: UInt64 = 0
        fileprivate(set) var high: UInt64 = .max

        /// What is the key of no word.
        init() {}

        /// The key of the first `count` of 16 bytes, 1 to 15.
        @inline(__always)
        init(_ bytes: SixteenBytes, count: Int) {
            let bits = Int64(truncatingIfNeeded: count) &* 8
            // All bits if the word fills the first integer, or goes beyond it: without branches, which could not be foreseen.
            let isFull = UInt64(bitPattern: (63 &- bits) &>> 63)
            let isLonger = UInt64(bitPattern: (64 &- bits) &>> 63)
            let shift = UInt64(bitPattern: bits)
            // What is behind the word is cut off.
            low = bytes.low & (isFull | ~(UInt64.max &<< shift))
            high = bytes.high & isLonger & (UInt64.max &>> (128 &- shift)) | shift &<< 53
        }

        /// The key of the word in `start..<end`, of 1 to 15 bytes.
        init(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
            self.init(SixteenBytes(text, start, upTo: end), count: end - start)
        }

        fileprivate init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

        /// The key of a word whose ids are elsewhere.
        fileprivate var marked: Key { Key(low: low, high: high | 1 << 63) }

        fileprivate var unmarked: Key { Key(low: low, high: high & ~(1 << 63)) }

        fileprivate var isMarked: Bool { high >> 63 == 1 }
    }

    /// How many ids fit into a slot.
    private static let most = 3

    private var lines: ContiguousArray<Line>
    /// The ids of words with more than fit into a slot.
    private var ids: ContiguousArray<Int32> = []
    private var shift: UInt64
    /// How many words were put in.
    private var insertions = 0

    init() { self.init(bits: Self.fewestBits) }

    /// An empty cache of 2 to the power of `bits` lines.
    private init(bits: UInt64) {
        lines = ContiguousArray(repeating: .zero, count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// Where the line of a word is; the one beside it differs in the last bit.
    @inline(__always)
    private static func place(_ key: Key, _ shift: UInt64) -> Int {
        let mixed = (key.low ^ key.high &* 0xBF58_476D_1CE4_E5B9) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> shift)
    }

    /// Writes the ids of words, one after the other, and returns how many words it wrote: up to one that is not in the first of its
    /// lines. Three ids are written whatever their number, so there must be room for more than the words have.
    ///
    /// Words do not depend on each other, so that the processor waits for many lines at a time.
    @inline(__always)
    func write(_ keys: Span<Key>, to room: inout ContiguousArray<Int32>, at written: inout Int) -> Int {
        let lines = lines.span
        var room = room.mutableSpan
        let shift = shift
        var place = written
        defer { written = place }
        for index in keys.indices {
            let key = keys[index]
            let line = lines[Self.place(key, shift)]
            let isFirst = (line[0] ^ key.low) | (line[1] ^ key.high) == 0
            let isSecond = (line[4] ^ key.low) | (line[5] ^ key.high) == 0
            guard isFirst != isSecond else { return index }
            // A choice without a branch, which could not be foreseen.
            let first: UInt64 = isFirst ? .max : 0
            let ids = line[2] & first | line[6] & ~first
            let rest = line[3] & first | line[7] & ~first
            room[place] = Int32(truncatingIfNeeded: ids)
            room[place &+ 1] = Int32(truncatingIfNeeded: ids >> 32)
            room[place &+ 2] = Int32(truncatingIfNeeded: rest)
            place &+= Int(truncatingIfNeeded: rest >> 32)
        }
        return keys.count
    }

    /// Writes the ids of a word, wherever it is; false if it is not cached.
    func write(_ key: Key, to room: inout ContiguousArray<Int32>, at written: inout Int) -> Bool {
        let place = Self.place(key, shift)
        for way in 0..<4 {
            let slot = slot(place, way)
            guard slot.key.unmarked == key else { continue }
            let count = Int(slot.rest >> 32)
            if slot.key == key {
                let rest = [slot.ids >> 32, slot.rest]
                room[written] = Int32(truncatingIfNeeded: slot.ids)
                for index in 1..<max(count, 1) {
                    room[written + index] = Int32(truncatingIfNeeded: rest[index - 1])
                }
            } else {
                for index in 0..<count { room[written + index] = ids[Int(slot.ids) + index] }
            }
            written += count
            return true
        }
        return false
    }

    /// Caches a word's ids; the word must not be cached.
    mutating func insert(_ key: Key, _ found: [Int32]) {
        if insertions >= lines.count && shift > 64 - Self.mostBits { grow() }
        insertions += 1
        let count = UInt64(found.count) << 32
        func id(_ index: Int) -> UInt64 { index < found.count ? UInt64(UInt32(bitPattern: found[index])) : 0 }
        if found.count <= Self.most {
            put(Slot(key: key, ids: id(0) | id(1) << 32, rest: id(2) | count))
        } else {
            if ids.count + found.count > Self.maximumIDs {
                ids.removeAll(keepingCapacity: true)
                forgetMarked()
            }
            put(Slot(key: key.marked, ids: UInt64(ids.count), rest: count))
            ids.append(contentsOf: found)
        }
    }

    /// Puts a word into the first empty slot of its lines. Without one, it takes that of the second word in its own line: those that
    /// came early are mostly the frequent ones.
    private mutating func put(_ slot: Slot) {
        let place = Self.place(slot.key.unmarked, shift)
        let empty = (0..<4).first { self.slot(place, $0).key.high == 0 }
        set(place, empty ?? 1, slot)
    }

    private mutating func forgetMarked() {
        for line in lines.indices {
            for way in 0..<2 where slot(line, way).key.isMarked { set(line, way, Slot()) }
        }
    }

    private mutating func grow() {
        var old = WordCache(bits: 65 - shift)
        swap(&old.lines, &lines)
        shift -= 1
        for line in old.lines.indices {
            for way in 0..<2 {
                let slot = old.slot(line, way)
                if slot.key.high != 0 { put(slot) }
            }
        }
    }

    /// One of the four slots that a word may be in.
    private func slot(_ place: Int, _ way: Int) -> Slot {
        let line = lines[place ^ way >> 1]
        let start = (way & 1) * 4
        return Slot(
            key: Key(low: line[start], high: line[start + 1]), ids: line[start + 2], rest: line[start + 3])
    }

    private mutating func set(_ place: Int, _ way: Int, _ slot: Slot) {
        let start = (way & 1) * 4
        for (index, value) in [slot.key.low, slot.key.high, slot.ids, slot.rest].enumerated() {
            lines[place ^ way >> 1][start + index] = value
        }
    }
}
