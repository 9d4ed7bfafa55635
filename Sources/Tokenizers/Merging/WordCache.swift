internal import Synchronization
internal import Texts

/// The ids of recently seen words of up to 15 bytes, by their bytes: exact because whole words are compared.
///
/// A line has two words: first their keys, then their ids. A word is in the line that its hash names, or else in the one beside it.
/// Threads share a table, as each has one of these for it: they read without waiting, and only one at a time adds a word.
struct WordCache: Sendable {
    private let table: WordTable
    /// The table's lines when they were last asked for: since then, there may be more of them.
    private(set) var lines: SharedLines
    /// The number of bits of a hash that do not name a line.
    private(set) var shift: UInt64

    /// The words of a table.
    init(_ table: WordTable = WordTable()) {
        self.table = table
        lines = table.lines
        shift = WordTable.shift(lines)
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
        var room = room.mutableSpan
        return lines.copyFound(
            batch.keys.span.extracting(..<batch.count), batch.places.span, from: first, to: &room, &written)
    }

    /// What is cached of a word, wherever it is.
    mutating func entry(_ key: WordKey) -> WordEntry? {
        if let entry = WordTable.entry(key, lines, shift) { return entry }
        guard table.lineCount != lines.count else { return nil }
        lines = table.lines
        shift = WordTable.shift(lines)
        return WordTable.entry(key, lines, shift)
    }

    /// Caches a word that is not cached; false if there is no room for it.
    func insert(_ key: WordKey, _ entry: WordEntry) -> Bool {
        // Nothing is waited for if there was no room before.
        if WordTable.isLargest(lines), WordTable.emptySlot(key, lines, shift) == nil { return false }
        return table.insert(key, entry)
    }
}

/// The words that threads share, in lines that are replaced by twice as many when there are many words, so that a few short texts do
/// not pay for a large table.
final class WordTable: Sendable {
    private static let fewestBits = 8
    private static let mostBits = 17

    private struct Contents {
        var lines = SharedLines(bits: fewestBits)
        /// How many words were put in.
        var insertions = 0
    }

    private let contents = Mutex(Contents())
    private let count = Atomic(1 << fewestBits)

    /// The lines that there are now.
    var lines: SharedLines { contents.withLock { $0.lines } }

    /// How many there are.
    var lineCount: Int { count.load(ordering: .relaxed) }

    /// Adds a word; false if there is no room for it.
    func insert(_ key: WordKey, _ entry: WordEntry) -> Bool {
        contents.withLock { contents in
            if contents.insertions > contents.lines.count / 2, !Self.isLargest(contents.lines) {
                contents.lines = Self.larger(contents.lines)
                count.store(contents.lines.count, ordering: .relaxed)
            }
            // Another thread may have been faster.
            let shift = Self.shift(contents.lines)
            if Self.entry(key, contents.lines, shift) != nil { return true }
            contents.insertions += 1
            return Self.put(key, entry, contents.lines, shift)
        }
    }

    /// The number of bits of a hash that do not name a line.
    static func shift(_ lines: SharedLines) -> UInt64 { UInt64(64 - lines.count.trailingZeroBitCount) }

    static func isLargest(_ lines: SharedLines) -> Bool { lines.count == 1 << mostBits }

    /// One of the four places in which a word may be, by the first pair of its line: that line has two, and the line beside it, whose
    /// number differs in the last bit, has the others.
    private static func slot(_ index: Int, _ place: Int) -> Int {
        place ^ ((index >> 1) * SharedLines.pairs) | index & 1
    }

    /// What is known of a word, wherever it is.
    static func entry(_ key: WordKey, _ lines: SharedLines, _ shift: UInt64) -> WordEntry? {
        let place = key.place(shift)
        for index in 0..<4 {
            let slot = slot(index, place)
            if lines[slot] == key { return WordEntry(bits: lines[slot + 2]) }
        }
        return nil
    }

    /// The first place for a word that has none yet.
    static func emptySlot(_ key: WordKey, _ lines: SharedLines, _ shift: UInt64) -> Int? {
        let place = key.place(shift)
        for index in 0..<4 {
            let slot = slot(index, place)
            if lines[slot].high == 0 { return slot }
        }
        return nil
    }

    /// Puts a word into the first empty slot of its lines. Those that came early are mostly the frequent ones, and stay.
    private static func put(
        _ key: WordKey, _ entry: WordEntry, _ lines: SharedLines, _ shift: UInt64
    ) -> Bool {
        guard let empty = emptySlot(key, lines, shift) else { return false }
        lines.write(entry.bits, at: empty + 2)
        lines.write(key, at: empty)
        return true
    }

    private static func larger(_ old: SharedLines) -> SharedLines {
        let lines = SharedLines(bits: old.count.trailingZeroBitCount + 1)
        let shift = shift(lines)
        for line in 0..<old.count {
            for place in [line * SharedLines.pairs, line * SharedLines.pairs + 1] where old[place].high != 0 {
                _ = put(old[place], WordEntry(bits: old[place + 2]), lines, shift)
            }
        }
        return lines
    }
}
