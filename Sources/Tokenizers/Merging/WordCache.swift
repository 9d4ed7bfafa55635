internal import Texts

/// The ids of recently seen words of up to 15 bytes, by their bytes: exact because whole words are compared.
///
/// A line has two words: first their keys, then their ids. A word is in the line that its hash names, or else in the one beside it.
/// The table grows with the number of different words, so that a few short texts do not pay for a large one.
struct WordCache: Sendable {
    private static let fewestBits: UInt64 = 8
    private static let mostBits: UInt64 = 17

    private(set) var lines: CacheLines
    /// The number of bits of a hash that do not name a line.
    private(set) var shift: UInt64
    /// How many words were put in.
    private var insertions = 0

    init() { self.init(bits: Self.fewestBits) }

    /// An empty cache of 2 to the power of `bits` lines.
    private init(bits: UInt64) {
        lines = CacheLines(count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// Writes the ids of a batch's words until one is not in the line that its hash names; returns that one's index, or the batch's
    /// count.
    ///
    /// - Parameters:
    ///   - first: the index of the first word.
    ///   - room: where four ids are written for every word.
    ///   - written: how many of them are ids; the words' are behind these.
    @inline(__always)
    func write(
        _ batch: borrowing WordBatch, from first: Int, to room: inout ContiguousArray<Int32>,
        _ written: inout Int
    ) -> Int {
        let lines = lines.storage.span.extracting(lines.offset...)
        let keys = batch.keys.span.extracting(..<batch.count)
        let places = batch.places.span
        var room = room.mutableSpan
        var output = room.mutableBytes
        var count = written
        defer { written = count }
        var index = first
        while index < keys.count {
            let key = keys[index]
            let place = Int(places[index])
            // A choice by arithmetic, as no branch could be foreseen.
            let isFirst = key.isEqual(lines[place])
            let isSecond = key.isEqual(lines[place &+ 1])
            let entry = WordEntry(bits: lines[place &+ 2 &+ Int(truncatingIfNeeded: isFirst ^ 1)])
            if isFirst | isSecond == 0 { break }
            output.storeBytes(of: entry.ids, toByteOffset: count &* 4, as: IntegerPair.self)
            count &+= entry.count
            index &+= 1
        }
        return index
    }

    /// One of the four places in which a word may be, by the first pair of its line: that line has two, and the line beside it, whose
    /// number differs in the last bit, has the others.
    private static func slot(_ index: Int, _ place: Int) -> Int {
        place ^ ((index >> 1) * CacheLines.pairs) | index & 1
    }

    /// What is cached of a word, wherever it is.
    func entry(_ key: WordKey) -> WordEntry? {
        let place = key.place(shift)
        for index in 0..<4 {
            let slot = Self.slot(index, place)
            if lines[slot] == key { return WordEntry(bits: lines[slot + 2]) }
        }
        return nil
    }

    /// Caches a word that is not cached; false if there is no room for it.
    mutating func insert(_ key: WordKey, _ entry: WordEntry) -> Bool {
        if insertions > lines.count / 2, shift > 64 - Self.mostBits { grow() }
        insertions += 1
        return put(key, entry)
    }

    /// Puts a word into the first empty slot of its lines. Those that came early are mostly the frequent ones, and stay.
    private mutating func put(_ key: WordKey, _ entry: WordEntry) -> Bool {
        let place = key.place(shift)
        guard let empty = (0..<4).first(where: { lines[Self.slot($0, place)].high == 0 }) else {
            return false
        }
        lines[Self.slot(empty, place)] = key
        lines[Self.slot(empty, place) + 2] = entry.bits
        return true
    }

    private mutating func grow() {
        var old = WordCache(bits: 65 - shift)
        swap(&old, &self)
        insertions = old.insertions
        for line in 0..<old.lines.count {
            for place in [line * CacheLines.pairs, line * CacheLines.pairs + 1]
            where old.lines[place].high != 0 {
                _ = put(old.lines[place], WordEntry(bits: old.lines[place + 2]))
            }
        }
    }
}
