/// Merges a word's symbols, always the leftmost pair with the lowest rank; keeps its buffers between words.
///
/// In short words, it scans for the lowest rank and merges in place. For longer ones it keeps the pairs in a heap and
/// the symbols in a linked list, so that any word of n symbols takes O(n log n).
struct PairMerger: Sendable {
    private static let longestScanned = 40

    /// The word's symbols: set before merging, read afterwards.
    var symbols: ContiguousArray<Int32> = []
    private var pairs: ContiguousArray<UInt64> = []
    private var next: ContiguousArray<Int32> = []
    private var previous: ContiguousArray<Int32> = []
    private var queue = MinimumQueue()
    private var first: ContiguousArray<UInt64> = []
    /// How each unused piece was formed, if the vocabulary has unused pieces.
    private(set) var origins: [Int32: (left: Int32, right: Int32)] = [:]

    /// Merges `symbols` in place until no pair is in `table`. `unused`: pieces whose origins are recorded.
    mutating func merge(with table: MergeTable, unused: Set<Int32> = []) {
        if !unused.isEmpty { origins.removeAll(keepingCapacity: true) }
        if symbols.count < 2 { return }
        if symbols.count <= Self.longestScanned, unused.isEmpty {
            Self.scan(table, &symbols, &pairs)
        } else {
            mergeByQueue(table, unused)
        }
    }

    private static func scan(
        _ table: MergeTable, _ word: inout ContiguousArray<Int32>, _ pairs: inout ContiguousArray<UInt64>
    ) {
        if pairs.count < longestScanned {
            pairs = ContiguousArray(repeating: MergeTable.absent, count: longestScanned)
        }
        let count = scan(table, word.mutableSpan, pairs.mutableSpan)
        word.removeLast(word.count - count)
    }

    /// Merges in place; returns the number of remaining symbols.
    private static func scan(
        _ table: MergeTable, _ symbols: consuming MutableSpan<Int32>, _ pairs: consuming MutableSpan<UInt64>
    ) -> Int {
        var count = symbols.count
        var best = MergeTable.absent
        var place = 0
        for index in 0..<count - 1 {
            let value = table.value(symbols[index], symbols[index + 1])
            pairs[index] = value
            if value >> 32 < best >> 32 {
                best = value
                place = index
            }
        }
        while best != MergeTable.absent {
            symbols[place] = MergeTable.result(best)
            count -= 1
            var index = place + 1
            while index < count {
                symbols[index] = symbols[index + 1]
                pairs[index - 1] = pairs[index]
                index += 1
            }
            if place > 0 { pairs[place - 1] = table.value(symbols[place - 1], symbols[place]) }
            if place + 1 < count { pairs[place] = table.value(symbols[place], symbols[place + 1]) }
            best = MergeTable.absent
            index = 0
            while index < count - 1 {
                let value = pairs[index]
                if value >> 32 < best >> 32 {
                    best = value
                    place = index
                }
                index += 1
            }
        }
        return count
    }

    /// The word's initial pairs are sorted once; pairs created by merges go into a heap.
    private mutating func mergeByQueue(_ table: MergeTable, _ unused: Set<Int32>) {
        let count = symbols.count
        pairs = ContiguousArray(repeating: MergeTable.absent, count: count)
        next = ContiguousArray(1...Int32(count))
        previous = ContiguousArray(-1..<Int32(count) - 1)
        queue.removeAll()
        first.removeAll(keepingCapacity: first.capacity < 1 << 16)
        for index in 0..<count - 1 {
            pairs[index] = pairValue(table, index, index + 1, unused)
            if pairs[index] != MergeTable.absent { first.append(entry(index)) }
        }
        first.sort()
        var cursor = 0
        while true {
            let sorted = cursor < first.count ? first[cursor] : .max
            let lowest: UInt64
            if queue.lowest < sorted {
                lowest = queue.popLowest()
            } else if cursor < first.count {
                lowest = sorted
                cursor += 1
            } else {
                break
            }
            let left = Int(lowest & 0xFFFF_FFFF)
            // An entry is stale if its pair has changed since; the rank identifies the pair.
            guard pairs[left] != MergeTable.absent, pairs[left] >> 32 == lowest >> 32 else { continue }
            merge(table, left, unused)
        }
        symbols.removeAll { $0 < 0 }
    }

    private mutating func merge(_ table: MergeTable, _ left: Int, _ unused: Set<Int32>) {
        let right = Int(next[left])
        symbols[left] = MergeTable.result(pairs[left])
        symbols[right] = -1
        pairs[right] = MergeTable.absent
        let after = Int(next[right])
        next[left] = Int32(after)
        pairs[left] = MergeTable.absent
        if after < symbols.count {
            previous[after] = Int32(left)
            push(table, left, after, unused)
        }
        let before = Int(previous[left])
        if before >= 0 { push(table, before, left, unused) }
    }

    private mutating func push(_ table: MergeTable, _ left: Int, _ right: Int, _ unused: Set<Int32>) {
        pairs[left] = pairValue(table, left, right, unused)
        if pairs[left] != MergeTable.absent { queue.push(entry(left)) }
    }

    private mutating func pairValue(
        _ table: MergeTable, _ left: Int, _ right: Int, _ unused: Set<Int32>
    ) -> UInt64 {
        let value = table.value(symbols[left], symbols[right])
        if !unused.isEmpty, value != MergeTable.absent, unused.contains(MergeTable.result(value)) {
            origins[MergeTable.result(value)] = (symbols[left], symbols[right])
        }
        return value
    }

    private func entry(_ left: Int) -> UInt64 { pairs[left] & ~0xFFFF_FFFF | UInt64(left) }
}
