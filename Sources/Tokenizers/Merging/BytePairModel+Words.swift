/// The cache between texts for a model whose words have their own ids.
struct WordMemory: Sendable {
    var short = ShortWordCache()
    var middle = WordCache()
    var long = LongWordCache()
    /// The ids of the current word.
    var word: [Int32] = []
    /// A buffer into which several ids are written at once, before they are appended to the list.
    ///
    /// A word of a batch has at most 15 ids, and three are written at a time.
    var room = ContiguousArray<Int32>(repeating: 0, count: WordBatch.most * WordCache.longestWord + 3)

    /// Appends the first ids of the buffer to a list.
    func take(_ count: Int, to ids: inout [Int32]) {
        // Without a slice of the buffer, which would need reference counting.
        let room = room.span
        ids.append(addingCapacity: count) { output in
            for index in 0..<count { output.append(room[index]) }
        }
    }
}

extension BytePairModel {
    /// Appends the ids of the words of valid UTF-8 text; the model must be free of context.
    func append(
        words splitter: consuming some WordSplitter, of text: Span<UInt8>, _ range: Range<Int>,
        _ memory: inout WordMemory,
        _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        var batch = WordBatch()
        var position = range.lowerBound
        while position < range.upperBound {
            position = batch.fill(with: &splitter, text, position, range.upperBound, for: memory.short)
            batch.look(in: memory.short)
            batch.look(in: memory.middle, text)
            append(batch, of: text, &memory, &merger, to: &ids)
        }
    }

    private func append(
        _ batch: borrowing WordBatch, of text: Span<UInt8>, _ memory: inout WordMemory,
        _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        var written = 0
        var next = 0
        for place in 0..<batch.missCount {
            let miss = batch.miss(place)
            batch.write(next..<miss, to: &memory.room, at: &written)
            let word = batch.range(miss)
            if word.count > WordCache.longestWord {
                memory.take(written, to: &ids)
                written = 0
                appendLong(text, word.lowerBound, word.upperBound, &memory, &merger, to: &ids)
            } else {
                write(text, word, &memory, &merger, at: &written)
            }
            next = miss + 1
        }
        batch.write(next..<batch.count, to: &memory.room, at: &written)
        memory.take(written, to: &ids)
    }

    /// Writes the ids of a word that has no entry in the cache that was searched first.
    @inline(never)
    private func write(
        _ text: Span<UInt8>, _ range: Range<Int>, _ memory: inout WordMemory, _ merger: inout PairMerger,
        at written: inout Int
    ) {
        let key = WordCache.Key(text, range.lowerBound, range.upperBound)
        if range.count <= ShortWordCache.longestWord {
            let entry = memory.short.entry(key.low, range.count)
            if entry != .absent {
                for index in 0..<entry.count { memory.room[written + index] = entry.id(index) }
                written += entry.count
                return
            }
        }
        if memory.middle.write(key, to: &memory.room, at: &written) { return }
        merge(text, range.lowerBound, range.upperBound, &memory, &merger)
        if range.count <= ShortWordCache.longestWord,
            let entry = WordEntry(length: range.count, memory.word)
        {
            memory.short.insert(key.low, entry)
        } else {
            memory.middle.insert(key, memory.word)
        }
        for id in memory.word {
            memory.room[written] = id
            written += 1
        }
    }

    @inline(never)
    private func appendLong(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ memory: inout WordMemory, _ merger: inout PairMerger,
        to ids: inout [Int32]
    ) {
        guard end - start <= LongWordCache.longestWord else {
            return append(text, start, end, &merger, to: &ids)
        }
        let hash = LongWordCache.hash(text, start, end)
        if let found = memory.long.find(hash, text, start, end) {
            ids.append(contentsOf: memory.long.ids[found])
        } else {
            merge(text, start, end, &memory, &merger)
            memory.long.insert(hash, text, start, end, memory.word)
            ids.append(contentsOf: memory.word)
        }
    }

    /// Merges a word, and leaves its ids in `memory.word`.
    private func merge(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ memory: inout WordMemory, _ merger: inout PairMerger
    ) {
        memory.word.removeAll(keepingCapacity: true)
        append(text, start, end, &merger, to: &memory.word)
    }
}
