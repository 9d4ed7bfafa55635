internal import Texts

/// Ids on their way to a list: room into which a batch's are written without asking each time whether there is any.
struct WordIDs: Sendable {
    /// The most that is written of a batch's words: four for every word.
    private static let most = 4 * WordBatch.size

    var room = ContiguousArray<Int32>(repeating: 0, count: 4096)
    /// How many of them are ids.
    var count = 0

    /// Makes room for a batch and `further` ids, moving what there is to a list.
    @inline(__always)
    mutating func makeRoom(for further: Int = 0, movingTo list: inout [Int32]) {
        if count + further + Self.most > room.count { move(to: &list) }
    }

    /// Appends a word's ids.
    mutating func append(_ word: some Collection<Int32>, _ list: inout [Int32]) {
        makeRoom(for: word.count, movingTo: &list)
        if word.count + Self.most > room.count {
            list.append(contentsOf: word)
        } else {
            for id in word {
                room[count] = id
                count += 1
            }
        }
    }

    /// Appends the ids of an entry.
    mutating func append(_ entry: WordEntry, _ list: inout [Int32]) {
        makeRoom(movingTo: &list)
        let start = count * 4
        var room = room.mutableSpan
        var output = room.mutableBytes
        output.storeBytes(of: entry.ids, toByteOffset: start, as: IntegerPair.self)
        count += entry.count
    }

    /// Moves all ids to a list.
    mutating func move(to list: inout [Int32]) {
        list.append(copying: room.span.extracting(..<count))
        count = 0
    }
}
