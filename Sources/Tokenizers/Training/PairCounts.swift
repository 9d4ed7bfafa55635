/// How often each pair of symbols occurs, and the words in which a pair newly occurs.
struct PairCounts: Sendable {
    private var table = MergeTable()
    private var counts: ContiguousArray<Int> = []
    private var keys: ContiguousArray<UInt64> = []
    private var words: ContiguousArray<ContiguousArray<Int32>> = []
    private var touched: ContiguousArray<Int> = []

    /// Adds to the count of a pair in `word`, which is recorded if the count increases.
    mutating func add(_ left: Int32, _ right: Int32, _ change: Int, word: Int32) {
        let found = table.value(left, right)
        var index = Int(truncatingIfNeeded: found)
        if found == MergeTable.absent {
            index = counts.count
            table.insert(left, right, value: UInt64(index))
            counts.append(0)
            keys.append(MergeCandidate.key(left, right))
            words.append([])
        }
        counts[index] += change
        guard change > 0 else { return }
        if words[index].isEmpty { touched.append(index) }
        if words[index].last != word { words[index].append(word) }
    }

    /// The count of a candidate's pair.
    func count(of candidate: MergeCandidate) -> Int {
        counts[Int(truncatingIfNeeded: table.value(candidate.left, candidate.right))]
    }

    /// Removes the pairs that were recorded since the last call, each with its words.
    mutating func takeCandidates(_ body: (MergeCandidate) -> Void) {
        for index in touched {
            let places = words[index]
            words[index] = []
            if counts[index] > 0 {
                body(MergeCandidate(count: counts[index], key: keys[index], words: places))
            }
        }
        touched.removeAll(keepingCapacity: true)
    }
}

/// A pair that may be merged next, and the words in which to merge it.
struct MergeCandidate: Sendable {
    /// How often the pair occurred when this was recorded; the current count may be lower.
    var count: Int
    /// Both symbols in one integer, in the same order as pairs.
    let key: UInt64
    let words: ContiguousArray<Int32>

    var left: Int32 { Int32(truncatingIfNeeded: key >> 32) }
    var right: Int32 { Int32(truncatingIfNeeded: key) }

    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Whether this is merged before another: the more frequent one first; of equal ones, the pair with lower ids.
    func precedes(_ other: MergeCandidate) -> Bool {
        count != other.count ? count > other.count : key < other.key
    }
}
