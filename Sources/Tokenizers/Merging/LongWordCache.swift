internal import Texts

/// The ids of recently seen words that are too long for `WordCache` or have too many ids: their bytes are beside the table.
struct LongWordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 128
    private static let fewestPlaces = 1 << 10
    private static let mostPlaces = 1 << 17
    private static let maximumBytes = 1 << 22

    private struct Slot: Sendable {
        var hash: UInt64 = 0
        var start: Int32 = 0
        var length: Int32 = 0
        var firstID: Int32 = 0
        var count: Int32 = 0
    }

    private var slots: ContiguousArray<Slot> = []
    private var bytes: ContiguousArray<UInt8> = []
    private(set) var ids: ContiguousArray<Int32> = []
    /// How many words were put in.
    private var insertions = 0

    /// The hash of the word in `start..<end`: of its integers of 8 bytes, of which the last two may overlap.
    static func hash(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
        var hash = UInt64(end - start)
        if end - start < 8 {
            for position in start..<end { hash = hash << 8 | UInt64(text[position]) }
            return (hash &* 0x9E37_79B9_7F4A_7C15) >> 16
        }
        var position = start
        while position < end {
            let from = min(position, end - 8)
            hash = (hash ^ text.integer(at: from)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
            position += 8
        }
        return hash
    }

    /// How many places a word may be in.
    private static let ways = 4

    /// The first of a word's places; the others differ in the last bits.
    private func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

    /// Where the ids of a word are among `ids`; nil if it is not cached.
    func find(_ hash: UInt64, _ text: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
        guard !slots.isEmpty else { return nil }
        let first = place(hash)
        for index in 0..<Self.ways {
            let slot = slots[first ^ index]
            if slot.hash == hash, Int(slot.length) == end - start, isEqual(slot, text, start) {
                return Int(slot.firstID)..<Int(slot.firstID + slot.count)
            }
        }
        return nil
    }

    private func isEqual(_ slot: Slot, _ text: Span<UInt8>, _ start: Int) -> Bool {
        let own = bytes.span.extracting(Int(slot.start)..<Int(slot.start + slot.length))
        var position = 0
        while position < own.count {
            if own.count < 8 {
                if own[position] != text[start + position] { return false }
                position += 1
            } else {
                let from = min(position, own.count - 8)
                if own.integer(at: from) != text.integer(at: start + from) { return false }
                position += 8
            }
        }
        return true
    }

    /// Caches a word's ids; a full cache is emptied first.
    mutating func insert(
        _ hash: UInt64, _ text: Span<UInt8>, _ start: Int, _ end: Int, _ found: [Int32]
    ) {
        if slots.isEmpty || bytes.count + (end - start) > Self.maximumBytes {
            slots = ContiguousArray(repeating: Slot(), count: max(slots.count, Self.fewestPlaces))
            bytes.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
            insertions = 0
        } else if insertions > slots.count / 2, slots.count < Self.mostPlaces {
            grow()
        }
        insertions += 1
        put(
            Slot(
                hash: hash, start: Int32(bytes.count), length: Int32(end - start),
                firstID: Int32(ids.count),
                count: Int32(found.count)))
        for index in start..<end { bytes.append(text[index]) }
        ids.append(contentsOf: found)
    }

    /// Puts a word into its first empty place, or else into its last one, and what was there is forgotten: words that came early are
    /// mostly the frequent ones.
    private mutating func put(_ slot: Slot) {
        let first = place(slot.hash)
        let empty = (0..<Self.ways).first { slots[first ^ $0].length == 0 }
        slots[first ^ (empty ?? Self.ways - 1)] = slot
    }

    private mutating func grow() {
        var old = ContiguousArray(repeating: Slot(), count: slots.count * 2)
        swap(&old, &slots)
        for slot in old where slot.length != 0 { put(slot) }
    }
}
