/// The ids of recently seen words, by their bytes: a direct-mapped cache, exact because keys are whole words.
///
/// A slot holds a word of at most 15 bytes in two integers (with the length in the top byte) and the position of its
/// ids.
struct WordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 15
    private static let slotCount = 1 << 14
    private static let maximumIDs = 1 << 18

    private struct Slot: Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var start: UInt32 = 0
        var count: UInt32 = 0
        var only: Int32 = 0
    }

    /// A word's bytes as two integers.
    struct Key: Sendable {
        var low: UInt64
        var high: UInt64

        @inline(__always)
        init(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
            var low: UInt64 = 0
            var high = UInt64(end - start) << 56
            let middle = min(end, start + 8)
            var shift: UInt64 = 0
            for index in start..<middle {
                low |= UInt64(text[index]) &<< shift
                shift &+= 8
            }
            shift = 0
            for index in middle..<end {
                high |= UInt64(text[index]) &<< shift
                shift &+= 8
            }
            self.low = low
            self.high = high
        }

        @inline(__always)
        fileprivate var slot: Int {
            let mixed = (low ^ high &* 0xBF58_476D_1CE4_E5B9) &* 0x9E37_79B9_7F4A_7C15
            return Int(truncatingIfNeeded: mixed >> 50)
        }
    }

    private var slots: ContiguousArray<Slot> = []
    private var ids: ContiguousArray<Int32> = []

    /// Appends the ids of a word if it is cached; returns whether it is.
    @inline(__always)
    mutating func append(_ key: Key, to output: inout [Int32]) -> Bool {
        guard !slots.isEmpty else { return false }
        let slot = slots[key.slot]
        guard slot.low == key.low, slot.high == key.high else { return false }
        if slot.count == 1 {
            output.append(slot.only)
        } else {
            output.append(contentsOf: ids[Int(slot.start)..<Int(slot.start &+ slot.count)])
        }
        return true
    }

    /// Caches a word's ids, which are those of `output` from `start` on.
    mutating func insert(_ key: Key, _ output: [Int32], from start: Int) {
        if slots.isEmpty { slots = ContiguousArray(repeating: Slot(), count: Self.slotCount) }
        let count = output.count - start
        if ids.count + count > Self.maximumIDs {
            ids.removeAll(keepingCapacity: true)
            for index in slots.indices where slots[index].count != 1 { slots[index] = Slot() }
        }
        let only = count == 1 ? output[start] : 0
        slots[key.slot] = Slot(
            low: key.low, high: key.high, start: UInt32(ids.count), count: UInt32(count), only: only)
        if count != 1 { ids.append(contentsOf: output[start...]) }
    }
}
