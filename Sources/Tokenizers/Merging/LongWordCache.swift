/// The ids of recently seen words that are too long for `WordCache`: their bytes are beside the table.
struct LongWordCache: Sendable {
    /// The length of the longest cached word.
    static let longestWord = 128
    private static let maximumBytes = 1 << 22

    private struct Slot: WordSlot {
        var hash: UInt64 = 0
        var start: Int32 = 0
        var length: Int32 = 0
        var firstID: Int32 = 0
        var count: Int32 = 0

        var isTaken: Bool { length != 0 }
    }

    /// Nil until there is a long word.
    private var table: WordTable<Slot>?
    private var bytes: ContiguousArray<UInt8> = []
    private(set) var ids: ContiguousArray<Int32> = []

    /// The hash of the word in `start..<end`, of at least 8 bytes: its integers of 8 bytes, of which the last two may overlap.
    static func hash(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
        var hash = UInt64(end - start)
        var position = start
        while position < end {
            let from = min(position, end - 8)
            var integer: UInt64 = 0
            for index in 0..<8 { integer |= UInt64(text[from + index]) << UInt64(8 * index) }
            hash = (hash ^ integer) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
            position += 8
        }
        return hash
    }

    /// Where the ids of a word are among `ids`; nil if it is not cached.
    func find(_ hash: UInt64, _ text: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
        guard let table else { return nil }
        let first = table.place(hash)
        for place in [first, first ^ 1] {
            let slot = table.slots[place]
            guard slot.hash == hash, Int(slot.length) == end - start else { continue }
            if (start..<end).allSatisfy({ bytes[Int(slot.start) + $0 - start] == text[$0] }) {
                return Int(slot.firstID)..<Int(slot.firstID + slot.count)
            }
        }
        return nil
    }

    /// Caches a word's ids; a full cache is emptied first.
    mutating func insert(
        _ hash: UInt64, _ text: Span<UInt8>, _ start: Int, _ end: Int, _ found: [Int32]
    ) {
        if table == nil || bytes.count + (end - start) > Self.maximumBytes {
            table = WordTable(fewestBits: 10, mostBits: 17)
            bytes.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
        }
        table?.insert(
            Slot(
                hash: hash, start: Int32(bytes.count), length: Int32(end - start),
                firstID: Int32(ids.count),
                count: Int32(found.count)))
        for index in start..<end { bytes.append(text[index]) }
        ids.append(contentsOf: found)
    }
}
